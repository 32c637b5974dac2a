from __future__ import annotations

import csv
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner
from yt_dlp import YoutubeDL

from model.cli.commands import app
from model.data.annotations.people import People
from model.data.fetch import SOURCES, VIDEOS, Link, Sources, fetch_videos, read_links, yt_dlp_options
from tests.clips import numbered_clip


class Site:
    """A web server on this machine.

    Attributes:
        files: what it serves, by path.
        requests: path and range of every request, and whether it came with cookies.
        stops_after: bytes after which it falls silent; None for a server that works.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.requests: list[tuple[str, str | None, bool]] = []
        self.stops_after: int | None = None
        self.address = ""

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        wanted = request.headers.get("Range")
        self.requests.append((request.path, wanted, "Cookie" in request.headers))
        content = self.files.get(request.path)
        if content is None:
            request.send_error(404)
            return
        match = re.fullmatch(r"bytes=(\d+)-", wanted or "")
        start = int(match[1]) if match else 0
        if self.stops_after is not None and start >= self.stops_after:
            request.send_error(503)
            return
        request.send_response(206 if match else 200)
        if match:
            request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        request.send_header("Content-Type", "video/mp4" if request.path.endswith(".mp4") else "text/html")
        request.send_header("Content-Length", str(len(content) - start))
        request.send_header("Set-Cookie", "visitor=1")
        request.end_headers()
        request.wfile.write(content[start : self.stops_after])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    site.address = f"http://127.0.0.1:{server.server_port}"
    yield site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return numbered_clip(tmp_path_factory.mktemp("video") / "video.mp4", frames=60, width=320, height=240).read_bytes()


def test_a_video_is_fetched_and_recorded_with_what_is_known_of_it(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files["/fran.mp4"] = video
    url = f"{site.address}/fran.mp4"
    report = fetch_videos([Link(url, "Ann", "Fran")], tmp_path)
    (source,) = Sources.read(tmp_path).videos
    assert (report.fetched, report.kept, report.failures) == (1, 0, {})
    assert report.sources.videos == (source,)
    assert (tmp_path / source.file).read_bytes() == video
    assert (source.url, source.file, source.title) == (url, "fran [fran].mp4", "fran")
    assert (source.width, source.height, source.fps, source.duration) == (320, 240, 30, 2)
    assert (source.bytes, source.sha256) == (len(video), hashlib.sha256(video).hexdigest())
    assert (source.extractor, source.licence, source.uploader) == ("generic", None, None)
    assert source.fetched_at.utcoffset() is not None
    assert {path.name for path in tmp_path.iterdir()} == {source.file, SOURCES, VIDEOS}


def test_the_table_of_videos_is_what_the_import_of_annotations_reads(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files |= {"/a.mp4": video, "/b.mp4": video}
    links = [
        Link(f"{site.address}/a.mp4", 'Ann "Fit" Lee', "Fran"),
        Link(f"{site.address}/b.mp4", name="Box, Bob, 3:58"),
    ]
    fetch_videos(links, tmp_path)
    with (tmp_path / VIDEOS).open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["video", "athlete", "event"],
        ["a [a].mp4", 'Ann "Fit" Lee', "Fran"],
        ["Box, Bob, 3_58.mp4", "", ""],
    ]
    people = People(table=tmp_path / VIDEOS)
    assert people.find("a [a].mp4") == ('Ann "Fit" Lee', "Fran")


def test_a_second_run_fetches_nothing_but_takes_over_who_is_seen(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files["/a.mp4"] = video
    first = fetch_videos([Link(f"{site.address}/a.mp4")], tmp_path)
    site.requests.clear()
    again = fetch_videos([Link(f"{site.address}/a.mp4", "Ann", "Fran")], tmp_path)
    assert site.requests == []
    assert (again.fetched, again.kept) == (0, 1)
    assert again.sources.videos[0] == first.sources.videos[0].model_copy(update={"athlete": "Ann", "event": "Fran"})
    assert Sources.read(tmp_path) == again.sources
    unnamed = fetch_videos([Link(f"{site.address}/a.mp4")], tmp_path)
    assert unnamed.sources == again.sources


@pytest.mark.parametrize("damage", ["cut short", "removed"])
def test_a_file_that_is_gone_or_has_another_size_is_fetched_again(
    site: Site, video: bytes, tmp_path: Path, damage: str
) -> None:
    site.files["/a.mp4"] = video
    link = Link(f"{site.address}/a.mp4")
    file = tmp_path / fetch_videos([link], tmp_path).sources.videos[0].file
    if damage == "removed":
        file.unlink()
    else:
        file.write_bytes(video[:100])
    assert fetch_videos([link], tmp_path).fetched == 1
    assert file.read_bytes() == video
    assert len(Sources.read(tmp_path).videos) == 1


def test_half_a_download_goes_on_where_it_was(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files["/a.mp4"] = video
    site.stops_after = len(video) // 2
    link = Link(f"{site.address}/a.mp4")
    assert fetch_videos([link], tmp_path).failures.keys() == {link.url}
    assert Sources.read(tmp_path).videos == ()
    site.stops_after = None
    site.requests.clear()
    report = fetch_videos([link], tmp_path)
    (resumed,) = [wanted for _, wanted, _ in site.requests if wanted]
    assert 0 < int(resumed.removeprefix("bytes=").removesuffix("-")) <= len(video) // 2
    assert (tmp_path / report.sources.videos[0].file).read_bytes() == video


def test_a_link_that_fails_does_not_stop_the_others_and_gives_one_sentence(
    site: Site, video: bytes, tmp_path: Path
) -> None:
    site.files |= {"/a.mp4": video, "/fake.mp4": b"<html>not a video</html>" * 50, "/page": b"<html>a page</html>"}
    paths = ("/gone.mp4", "/fake.mp4", "/page", "/a.mp4")
    report = fetch_videos([Link(site.address + path) for path in paths], tmp_path)
    assert [source.url for source in report.sources.videos] == [f"{site.address}/a.mp4"]
    assert [url.removeprefix(site.address) for url in report.failures] == ["/gone.mp4", "/fake.mp4", "/page"]
    assert "404" in report.failures[f"{site.address}/gone.mp4"]
    assert "Unsupported URL" in report.failures[f"{site.address}/page"]
    for sentence in report.failures.values():
        assert sentence.endswith(".")
        assert not re.search(r"ERROR|caused by|\n|--", sentence)


def test_no_cookie_is_sent_from_one_link_to_the_next(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files |= {"/a.mp4": video, "/b.mp4": video}
    fetch_videos([Link(f"{site.address}/a.mp4"), Link(f"{site.address}/b.mp4")], tmp_path)
    first = next(cookies for path, _, cookies in site.requests if path == "/b.mp4")
    assert not first


def test_names_are_safe_and_differ_where_links_do(site: Site, video: bytes, tmp_path: Path) -> None:
    names = ("../../etc/passwd", "a\x00b\nc", "Same", "same", "é" * 300, "..")
    site.files |= {f"/{number}.mp4": video for number in range(len(names))}
    links = [Link(f"{site.address}/{number}.mp4", name=name) for number, name in enumerate(names)]
    report = fetch_videos(links, tmp_path)
    files = [source.file for source in report.sources.videos]
    assert report.failures == {}
    assert len({file.casefold() for file in files}) == len(names)
    assert files[0] == "_.._etc_passwd.mp4"
    assert files[1] == "a_b_c.mp4"
    for file in files:
        assert (tmp_path / file).is_file()
        assert len(file.encode()) < 255


def test_a_file_of_somebody_else_is_not_overwritten(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files["/a.mp4"] = video
    (tmp_path / "mine.mp4").write_bytes(b"mine")
    link = Link(f"{site.address}/a.mp4", name="mine")
    report = fetch_videos([link], tmp_path)
    assert "move it away" in report.failures[link.url]
    assert (tmp_path / "mine.mp4").read_bytes() == b"mine"


def test_videos_of_another_list_stay_recorded(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files |= {"/a.mp4": video, "/b.mp4": video}
    fetch_videos([Link(f"{site.address}/a.mp4", "Ann")], tmp_path)
    fetch_videos([Link(f"{site.address}/b.mp4", "Bob")], tmp_path)
    assert [source.athlete for source in Sources.read(tmp_path).videos] == ["Ann", "Bob"]


def formats(*described: str) -> list[dict[str, Any]]:
    """Formats of a site, each as `rows container codec sound protocol`."""
    listed = []
    for number, (rows, ext, codec, sound, protocol) in enumerate(text.split() for text in described):
        height = int(rows) or None
        listed.append(
            {
                "format_id": described[number].replace(" ", "_"),
                "url": f"https://example.com/{number}",
                "ext": ext,
                "height": height,
                "width": height and height * 16 // 9,
                "vcodec": codec,
                "acodec": sound,
                "protocol": protocol,
            }
        )
    return listed


@pytest.mark.parametrize(
    ("best", "others"),
    [
        ("480 mp4 avc1.4d none https", ["720 mp4 avc1.4d none https", "360 mp4 avc1.4d none https"]),
        ("480 mp4 avc1.4d none https", ["480 mp4 av01.0 none https", "480 webm vp9 none https"]),
        ("480 mp4 avc1.4d none https", ["480 mp4 avc1.4d mp4a https", "480 mp4 avc1.4d none m3u8_native"]),
        ("360 mp4 avc1.4d mp4a https", ["480 mp4 av01.0 none https"]),
        ("480 mp4 av01.0 none https", ["480 webm vp9 none https", "480 mp4 avc1.4d none m3u8_native"]),
        ("720 mp4 avc1.4d none https", ["1080 mp4 avc1.4d none https"]),
        ("480 mp4 avc1.4d mp4a m3u8_native", ["480 webm vp9 none https"]),
        ("480 webm vp9 none https", ["480 webm vp9 opus https", "144 webm vp9 none https"]),
    ],
)
def test_the_format_is_one_h264_file_of_at_most_that_height_or_the_nearest_to_it(best: str, others: list[str]) -> None:
    with YoutubeDL(yt_dlp_options(480, Path("/nowhere"), "name")) as site:
        for order in ([best, *others], [*others, best]):
            info = {"id": "1", "title": "title", "extractor": "test", "formats": formats(*order)}
            chosen = site.process_ie_result(info, download=False)
            assert chosen["format_id"] == best.replace(" ", "_")
            assert "requested_formats" not in chosen  # two files that ffmpeg would have to merge


def test_of_an_upright_video_the_columns_count() -> None:
    listed = formats("854 mp4 avc1.4d none https", "480 mp4 avc1.4d none https")
    listed[0]["width"], listed[1]["width"] = 480, 270
    with YoutubeDL(yt_dlp_options(480, Path("/nowhere"), "name")) as site:
        chosen = site.process_ie_result(
            {"id": "1", "title": "t", "extractor": "test", "formats": listed}, download=False
        )
    assert chosen["width"] == 480


def test_a_live_stream_is_refused() -> None:
    with (
        YoutubeDL(yt_dlp_options(480, Path("/nowhere"), "name")) as site,
        pytest.raises(Exception, match="live stream"),
    ):
        site.process_ie_result(
            {
                "id": "1",
                "title": "t",
                "extractor": "test",
                "is_live": True,
                "formats": formats("480 mp4 avc1 none https"),
            }
        )


def test_links_are_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.write_text(
        "\ufeffathlete,url,event,name,remark\nAnn  Lee,https://example.com/1,Fran,,x\n,,,,\n,http://example.com/2,,two,\n",
        encoding="utf-8",
    )
    assert read_links(path) == [
        Link("https://example.com/1", "Ann Lee", "Fran"),
        Link("http://example.com/2", name="two"),
    ]


def test_links_are_read_from_plain_lines(tmp_path: Path) -> None:
    path = tmp_path / "links.txt"
    path.write_text("# the first heat\nhttps://example.com/1?a=1,2\n\nhttps://example.com/2\nhttps://example.com/2\n")
    assert read_links(path) == [Link("https://example.com/1?a=1,2"), Link("https://example.com/2")]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("url\nfile:///etc/passwd\n", "line 2: 'file:///etc/passwd' is not an http or https address"),
        ("url,athlete\n,Ann\n", "line 2: ''"),
        ("address\nhttps://example.com\n", "line 1: 'address' is not"),
        ("ytsearch:thruster\n", "'ytsearch:thruster'"),
        ("url,athlete\nhttps://a.b/1,Ann\nhttps://a.b/1,Bob\n", "line 3: .* is listed before with another athlete"),
    ],
)
def test_a_list_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "links.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_links(path)


def test_a_list_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no list of links"):
        read_links(tmp_path / "links.csv")


def test_a_record_that_is_none_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / SOURCES).write_text('{"videos": 3}')
    with pytest.raises(ValueError, match="does not record videos: videos"):
        fetch_videos([], tmp_path)
    assert json.loads((tmp_path / SOURCES).read_text()) == {"videos": 3}


def test_the_command_exits_with_1_and_names_the_links_that_failed(site: Site, video: bytes, tmp_path: Path) -> None:
    site.files["/a.mp4"] = video
    links = tmp_path / "links.txt"
    links.write_text(f"{site.address}/a.mp4\n{site.address}/gone.mp4\n")
    result = CliRunner().invoke(app, ["data", "fetch", str(links), "--out", str(tmp_path / "videos")])
    assert result.exit_code == 1
    assert "1 new videos" in result.output
    assert f"{site.address}/gone.mp4: Unable to download" in result.output
    links.write_text(f"{site.address}/a.mp4\n")
    assert CliRunner().invoke(app, ["data", "fetch", str(links), "--out", str(tmp_path / "videos")]).exit_code == 0
