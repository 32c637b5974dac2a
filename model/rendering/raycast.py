"""The renderer's kernels: ray casting of primitives with a depth buffer, one light and its shadow map.

Every primitive is cast only within its rectangle of the picture: ten frames of 192 x 192 pixels with shutter
sub-frames take a tenth or two of a second on one core. Compiled by numba once per machine; no GPU, no GL driver, no C
compiler.

Formulas: round cone by Inigo Quilez (iquilezles.org, "roundcone intersection"), slab test for boxes.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from model.rendering import primitives as p

# Planes of the geometry buffer.
DEPTH, LIT, AMBIENT, POINT, GLOWING = 0, 1, 4, 7, 10
PLANES = 11
FAR = 1e3
NO_SHADOW = -1e9
"""Height in an empty shadow map."""
_CONTACT = 0.35  # m; what is higher does not darken the floor

# Light: direction to it (3), its colour (3), ambient colour (3); shadow map: axes (3 + 3), centre (3), half size.
LIGHT_SIZE = 19
# Camera: position (3), right (3), down (3), forward (3), focal length in pixels, principal point (2).
CAMERA_SIZE = 15

_KIND, _A, _B, _R1, _R2, _AXES = p.KIND, p.A, p.B, p.RADIUS_A, p.RADIUS_B, p.AXES
_COLOUR, _COLOUR_2, _TEXTURE, _FREQUENCY, _AMOUNT = p.COLOUR, p.COLOUR_2, p.TEXTURE, p.FREQUENCY, p.AMOUNT
_SHINE, _PICTURE, _CASTS, _GLOW = p.SHINE, p.PICTURE, p.CASTS, p.GLOW
_CONE, _BOX, _CYLINDER = p.CONE, p.BOX, p.CYLINDER
_GAMMA = p.GAMMA

_jit = njit(cache=True, fastmath=True, nogil=True, error_model="numpy")


@_jit
def _hash(x, y, z):  # type: ignore[no-untyped-def]
    """A number in [0, 1) for a lattice point."""
    h = np.uint32(x * 374761393 + y * 668265263 + z * 1274126177)
    h = np.uint32((h ^ (h >> np.uint32(13))) * np.uint32(1274126177))
    return ((h ^ (h >> np.uint32(16))) & np.uint32(0xFFFFFF)) / 16777215.0


@_jit
def noise(x, y, z):  # type: ignore[no-untyped-def]
    """Value noise in [0, 1]."""
    i, j, k = math.floor(x), math.floor(y), math.floor(z)
    u, v, w = x - i, y - j, z - k
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    total = 0.0
    for corner in range(8):
        a, b, c = corner & 1, (corner >> 1) & 1, corner >> 2
        weight = (u if a else 1 - u) * (v if b else 1 - v) * (w if c else 1 - w)
        total += _hash(int(i) + a, int(j) + b, int(k) + c) * weight
    return total


@_jit
def _hit_cone(q, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    ax, ay, az = q[_B] - q[_A], q[_B + 1] - q[_A + 1], q[_B + 2] - q[_A + 2]
    px, py, pz = ox - q[_A], oy - q[_A + 1], oz - q[_A + 2]
    bx, by, bz = ox - q[_B], oy - q[_B + 1], oz - q[_B + 2]
    ra, rb = q[_R1], q[_R2]
    rr = ra - rb
    m0 = ax * ax + ay * ay + az * az
    m1 = ax * px + ay * py + az * pz
    m2 = ax * dx + ay * dy + az * dz
    m3 = dx * px + dy * py + dz * pz
    m5 = px * px + py * py + pz * pz
    m6 = bx * dx + by * dy + bz * dz
    m7 = bx * bx + by * by + bz * bz
    d2 = m0 - rr * rr
    if d2 > 1e-9:
        k2 = d2 - m2 * m2
        k1 = d2 * m3 - m1 * m2 + m2 * rr * ra
        k0 = d2 * m5 - m1 * m1 + m1 * rr * ra * 2 - m0 * ra * ra
        h = k1 * k1 - k0 * k2
        if h >= 0 and abs(k2) > 1e-12:
            t = (-math.sqrt(h) - k1) / k2
            y = m1 - ra * rr + t * m2
            if 0 < y < d2:
                if t <= 0:
                    return -1.0, 0.0, 0.0, 0.0
                nx, ny, nz = (px + dx * t) * d2 - ax * y, (py + dy * t) * d2 - ay * y, (pz + dz * t) * d2 - az * y
                s = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20)
                return t, nx * s, ny * s, nz * s
    best, nx, ny, nz = 1e20, 0.0, 0.0, 0.0
    h1 = m3 * m3 - m5 + ra * ra
    if h1 > 0:
        t = -m3 - math.sqrt(h1)
        if t > 0:
            best, nx, ny, nz = t, (px + dx * t) / ra, (py + dy * t) / ra, (pz + dz * t) / ra
    h2 = m6 * m6 - m7 + rb * rb
    if h2 > 0:
        t = -m6 - math.sqrt(h2)
        if 0 < t < best:
            best, nx, ny, nz = t, (bx + dx * t) / rb, (by + dy * t) / rb, (bz + dz * t) / rb
    return (best if best < 1e19 else -1.0), nx, ny, nz


@_jit
def _hit_cylinder(q, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    ax, ay, az = q[_B] - q[_A], q[_B + 1] - q[_A + 1], q[_B + 2] - q[_A + 2]
    px, py, pz = ox - q[_A], oy - q[_A + 1], oz - q[_A + 2]
    ra = q[_R1]
    aa = ax * ax + ay * ay + az * az
    ad = ax * dx + ay * dy + az * dz
    ap = ax * px + ay * py + az * pz
    k2 = aa - ad * ad
    k1 = aa * (px * dx + py * dy + pz * dz) - ap * ad
    k0 = aa * (px * px + py * py + pz * pz) - ap * ap - ra * ra * aa
    h = k1 * k1 - k2 * k0
    if h < 0:
        return -1.0, 0.0, 0.0, 0.0
    h = math.sqrt(h)
    t = (-k1 - h) / k2
    y = ap + t * ad
    if 0 < y < aa:
        if t <= 0:
            return -1.0, 0.0, 0.0, 0.0
        f, s = y / aa, 1.0 / ra
        return t, (px + dx * t - ax * f) * s, (py + dy * t - ay * f) * s, (pz + dz * t - az * f) * s
    if abs(ad) < 1e-12:
        return -1.0, 0.0, 0.0, 0.0
    t = ((0.0 if y < 0 else aa) - ap) / ad
    if t > 0 and abs(k1 + k2 * t) < h:
        s = (-1.0 if y < 0 else 1.0) / math.sqrt(aa)
        return t, ax * s, ay * s, az * s
    return -1.0, 0.0, 0.0, 0.0


@_jit
def _hit_box(q, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    px, py, pz = ox - q[_A], oy - q[_A + 1], oz - q[_A + 2]
    near, far, face = -1e20, 1e20, 0
    sign = 1.0
    for i in range(3):
        x, y, z = q[_AXES + 3 * i], q[_AXES + 3 * i + 1], q[_AXES + 3 * i + 2]
        o = px * x + py * y + pz * z
        d = dx * x + dy * y + dz * z
        if abs(d) < 1e-9:
            d = 1e-9
        a, b = (-q[_B + i] - o) / d, (q[_B + i] - o) / d
        if a > b:
            a, b = b, a
        if a > near:
            near, face, sign = a, i, (-1.0 if d > 0 else 1.0)
        far = min(far, b)
    if near > far or near <= 0:
        return -1.0, 0.0, 0.0, 0.0
    k = _AXES + 3 * face
    return near, q[k] * sign, q[k + 1] * sign, q[k + 2] * sign


@_jit
def _hit(q, ox, oy, oz, dx, dy, dz):  # type: ignore[no-untyped-def]
    """Distance along the ray (negative: missed) and the surface's normal there."""
    if q[_KIND] == _CONE:
        return _hit_cone(q, ox, oy, oz, dx, dy, dz)
    if q[_KIND] == _CYLINDER:
        return _hit_cylinder(q, ox, oy, oz, dx, dy, dz)
    return _hit_box(q, ox, oy, oz, dx, dy, dz)


@_jit
def _texture(q, x, y, z, nx, ny, nz):  # type: ignore[no-untyped-def]
    """How much of the second colour shows at a point of the surface: 0 none, 1 only it. Also the local coordinates."""
    kind, texture, f, amount = q[_KIND], q[_TEXTURE], q[_FREQUENCY], q[_AMOUNT]
    px, py, pz = x - q[_A], y - q[_A + 1], z - q[_A + 2]
    if kind == _BOX:
        u = px * q[_AXES] + py * q[_AXES + 1] + pz * q[_AXES + 2]
        v = px * q[_AXES + 3] + py * q[_AXES + 4] + pz * q[_AXES + 5]
        w = px * q[_AXES + 6] + py * q[_AXES + 7] + pz * q[_AXES + 8]
    else:
        ax, ay, az = q[_B] - q[_A], q[_B + 1] - q[_A + 1], q[_B + 2] - q[_A + 2]
        s = 1.0 / math.sqrt(ax * ax + ay * ay + az * az + 1e-12)
        ax, ay, az = ax * s, ay * s, az * s
        w = px * ax + py * ay + pz * az
        ex, ey, ez = px - ax * w, py - ay * w, pz - az * w
        u, v = ex + 0.7 * ey, ez + 0.3 * ey
        if kind == _CYLINDER and texture == p.PLATE:
            u = math.sqrt(ex * ex + ey * ey + ez * ez)
    k = 0.0
    if texture == p.NOISE:
        k = 0.6 * noise(u * f, v * f, w * f) + 0.4 * noise(u * f * 2.3, v * f * 2.3, w * f * 2.3)
        k = (k - 0.5) * amount * 2 + 0.5
    elif texture == p.CHECKS:
        k = float((int(math.floor(u * f)) + int(math.floor(v * f)) + int(math.floor(w * f))) & 1)
    elif texture == p.STRIPES:
        k = 1.0 if w * f - math.floor(w * f) < amount else 0.0
    elif texture == p.PATCHES:
        k = 1.0 if noise(u * f, v * f, w * f) > 0.5 else 0.0
    elif texture == p.PLATE:
        r = u / q[_R1]
        if r < 0.22 or (r > 0.86 and amount > 0.5):
            k = 1.0
        elif 0.5 < r < 0.58 and amount > 0.25:
            k = 0.6
    elif texture == p.TILES:
        a, b = u * f, v * f
        k = 1.0 if a - math.floor(a) < 0.03 or b - math.floor(b) < 0.03 else 0.25 * noise(a * 9, b * 9, w * 9)
    elif texture == p.BRICKS:
        b = w * f
        a = (v if abs(nx) > abs(ny) else u) * f * 0.45 + 0.5 * (int(math.floor(b)) & 1)
        gap = a - math.floor(a) < 0.05 or b - math.floor(b) < 0.09
        k = 1.0 if gap else 0.3 * _hash(int(math.floor(a)), int(math.floor(b)), 3)
    elif texture == p.PLANKS:
        a = (v if abs(nz) > 0.7 else u + v) * f
        k = 1.0 if a - math.floor(a) < 0.05 else 0.8 * _hash(int(math.floor(a)), 7, 1)
        k += 0.2 * noise(u * 3, v * 3, w * 25)
    return k, u, v, w


@_jit
def _picture(q, pictures, u, v, w, nx, ny, nz, out):  # type: ignore[no-untyped-def]
    """The colour of the picture on a box, bilinear; as wallpaper it repeats `frequency` times a metre."""
    side = pictures.shape[1]
    facing_x = nx * q[_AXES] + ny * q[_AXES + 1] + nz * q[_AXES + 2]
    facing_y = nx * q[_AXES + 3] + ny * q[_AXES + 4] + nz * q[_AXES + 5]
    along_x, along_z = abs(facing_x), abs(nx * q[_AXES + 6] + ny * q[_AXES + 7] + nz * q[_AXES + 8])
    # Whoever looks at a face sees its right-hand side on the right.
    u, v = (-u if facing_y > 0.5 else u), (-v if facing_x < -0.5 else v)
    if q[_TEXTURE] == p.WALLPAPER:
        f = q[_FREQUENCY]
        a, b = (u * f, v * f) if along_z > 0.7 else ((u + v) * f, -w * f)
        a, b = a - math.floor(a), b - math.floor(b)
    else:
        if along_z > 0.7:
            a, b = u / q[_B], v / q[_B + 1]
        elif along_x > 0.7:
            a, b = v / q[_B + 1], w / q[_B + 2]
        else:
            a, b = u / q[_B], w / q[_B + 2]
        a, b = (a + 1) * 0.5, (1 - b) * 0.5
    x, y = a * (side - 1), b * (side - 1)
    i, j = min(max(int(x), 0), side - 2), min(max(int(y), 0), side - 2)
    s, t = x - i, y - j
    picture = pictures[int(q[_PICTURE])]
    for c in range(3):
        top = picture[j, i, c] * (1 - s) + picture[j, i + 1, c] * s
        bottom = picture[j + 1, i, c] * (1 - s) + picture[j + 1, i + 1, c] * s
        out[c] = ((top * (1 - t) + bottom * t) / 255.0) ** _GAMMA


@_jit
def _extent(q, cx, cy, cz, rx, ry, rz, ux, uy, uz, fx, fy, fz, focal, px, py, width, height):  # type: ignore[no-untyped-def]
    """Rectangle of the picture, in pixels, that the primitive can touch."""
    x0, y0, x1, y1 = 1e9, 1e9, -1e9, -1e9
    seen, around = False, False
    corners = 8 if q[_KIND] == _BOX else 2
    for i in range(corners):
        if q[_KIND] == _BOX:
            a = q[_B] if i & 1 else -q[_B]
            b = q[_B + 1] if i & 2 else -q[_B + 1]
            c = q[_B + 2] if i & 4 else -q[_B + 2]
            x = q[_A] + a * q[_AXES] + b * q[_AXES + 3] + c * q[_AXES + 6] - cx
            y = q[_A + 1] + a * q[_AXES + 1] + b * q[_AXES + 4] + c * q[_AXES + 7] - cy
            z = q[_A + 2] + a * q[_AXES + 2] + b * q[_AXES + 5] + c * q[_AXES + 8] - cz
            r = 0.0
        else:
            k = _B if i else _A
            x, y, z = q[k] - cx, q[k + 1] - cy, q[k + 2] - cz
            r = q[_R2] if i else q[_R1]
        depth = x * fx + y * fy + z * fz
        if depth + r > 0.05:
            seen = True
        if depth - r < 0.06:
            around = True
            continue
        a = focal * (x * rx + y * ry + z * rz) / depth + px
        b = focal * (x * ux + y * uy + z * uz) / depth + py
        s = focal * r / (depth - r) * 1.15 + 1
        x0, y0, x1, y1 = min(x0, a - s), min(y0, b - s), max(x1, a + s), max(y1, b + s)
    if not seen:
        return 0, 0, 0, 0
    if around:
        return 0, 0, width, height
    return (
        min(max(int(x0), 0), width), min(max(int(y0), 0), height),
        min(max(int(x1) + 1, 0), width), min(max(int(y1) + 1, 0), height),
    )  # fmt: skip


@_jit
def raster(rows, camera, light, buffer, pictures):  # type: ignore[no-untyped-def]
    """Draw primitives into a geometry buffer.

    Args:
        rows: float32 [n, COLUMNS].
        camera: float32 [CAMERA_SIZE]; light: float32 [LIGHT_SIZE].
        buffer: float32 [H, W, PLANES], changed in place; its depth plane starts at FAR.
        pictures: uint8 [k, side, side, 3].
    """
    height, width = buffer.shape[0], buffer.shape[1]
    cx, cy, cz = float(camera[0]), float(camera[1]), float(camera[2])
    rx, ry, rz = camera[3], camera[4], camera[5]
    ux, uy, uz = camera[6], camera[7], camera[8]
    fx, fy, fz = camera[9], camera[10], camera[11]
    focal, px, py = camera[12], camera[13], camera[14]
    lx, ly, lz = light[0], light[1], light[2]
    colour = np.empty(3, np.float32)
    for i in range(rows.shape[0]):
        q = rows[i]
        x0, y0, x1, y1 = _extent(q, cx, cy, cz, rx, ry, rz, ux, uy, uz, fx, fy, fz, focal, px, py, width, height)
        for y in range(y0, y1):
            b = (y + 0.5 - py) / focal
            for x in range(x0, x1):
                a = (x + 0.5 - px) / focal
                dx, dy, dz = fx + rx * a + ux * b, fy + ry * a + uy * b, fz + rz * a + uz * b
                s = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
                dx, dy, dz = dx * s, dy * s, dz * s
                t, nx, ny, nz = _hit(q, cx, cy, cz, dx, dy, dz)
                g = buffer[y, x]
                if t <= 0 or t >= g[DEPTH]:
                    continue
                wx, wy, wz = cx + dx * t, cy + dy * t, cz + dz * t
                k, u, v, w = _texture(q, wx, wy, wz, nx, ny, nz)
                for c in range(3):
                    colour[c] = q[_COLOUR + c] * (1 - k) + q[_COLOUR_2 + c] * k
                if q[_PICTURE] >= 0:
                    _picture(q, pictures, u, v, w, nx, ny, nz, colour)
                diffuse = max(nx * lx + ny * ly + nz * lz, 0.0)
                shine = 0.0
                if q[_SHINE] > 0:
                    hx, hy, hz = lx - dx, ly - dy, lz - dz
                    s = (nx * hx + ny * hy + nz * hz) / math.sqrt(hx * hx + hy * hy + hz * hz + 1e-12)
                    shine = max(s, 0.0) ** 24 * q[_SHINE]
                sky = 0.62 + 0.38 * nz  # ambient light comes from above
                g[DEPTH] = t
                for c in range(3):
                    ambient = colour[c] * (light[6 + c] * sky + q[_GLOW])
                    g[AMBIENT + c] = ambient
                    g[LIT + c] = ambient + (colour[c] * diffuse + shine) * light[3 + c]
                g[POINT], g[POINT + 1], g[POINT + 2] = wx + nx * 0.01, wy + ny * 0.01, wz + nz * 0.01
                g[GLOWING] = 1.0 if q[_GLOW] > 0.9 else 0.0


@_jit
def shadow_map(rows, light, heights):  # type: ignore[no-untyped-def]
    """Raise the shadow map `heights` float32 [S, S], heights along the light's direction, by what casts shadows."""
    size = heights.shape[0]
    lx, ly, lz = float(light[0]), float(light[1]), float(light[2])  # as `raster` calls _hit: compiled once
    half = light[18]
    for i in range(rows.shape[0]):
        q = rows[i]
        if q[_CASTS] == 0 or (q[_KIND] == _BOX and (q[_B] > 2 or q[_B + 1] > 2)):
            continue  # floors and walls receive shadows and cast none
        # The light is a camera at infinity: the middle of the primitive and a radius around it are enough.
        if q[_KIND] == _BOX:
            mx, my, mz = q[_A], q[_A + 1], q[_A + 2]
            radius = math.sqrt(q[_B] ** 2 + q[_B + 1] ** 2 + q[_B + 2] ** 2)
            ax, ay, az = 0.0, 0.0, 0.0
        else:
            mx, my, mz = (q[_A] + q[_B]) / 2, (q[_A + 1] + q[_B + 1]) / 2, (q[_A + 2] + q[_B + 2]) / 2
            ax, ay, az = (q[_B] - q[_A]) / 2, (q[_B + 1] - q[_A + 1]) / 2, (q[_B + 2] - q[_A + 2]) / 2
            radius = max(q[_R1], q[_R2])
        mx, my, mz = mx - light[15], my - light[16], mz - light[17]
        a = mx * light[9] + my * light[10] + mz * light[11]
        b = mx * light[12] + my * light[13] + mz * light[14]
        ra = radius + abs(ax * light[9] + ay * light[10] + az * light[11])
        rb = radius + abs(ax * light[12] + ay * light[13] + az * light[14])
        x0, x1 = int(((a - ra) / half + 1) * 0.5 * size), int(((a + ra) / half + 1) * 0.5 * size) + 2
        y0, y1 = int(((b - rb) / half + 1) * 0.5 * size), int(((b + rb) / half + 1) * 0.5 * size) + 2
        for y in range(max(y0, 0), min(y1, size)):
            v = ((y + 0.5) / size * 2 - 1) * half
            for x in range(max(x0, 0), min(x1, size)):
                u = ((x + 0.5) / size * 2 - 1) * half
                ox = light[15] + u * light[9] + v * light[12] + 20 * lx
                oy = light[16] + u * light[10] + v * light[13] + 20 * ly
                oz = light[17] + u * light[11] + v * light[14] + 20 * lz
                t, _, _, _ = _hit(q, ox, oy, oz, -lx, -ly, -lz)
                if t > 0 and 20 - t > heights[y, x]:
                    heights[y, x] = 20 - t


@_jit
def _dark(heights, a, b, h):  # type: ignore[no-untyped-def]
    """Share of a bilinear sample of the shadow map at (a, b), in its pixels, that lies above height `h`."""
    size = heights.shape[0]
    i, j = int(math.floor(a)), int(math.floor(b))
    if i < 0 or j < 0 or i >= size - 1 or j >= size - 1:
        return 0.0
    s, t = a - i, b - j
    top = (heights[j, i] > h) * (1 - s) + (heights[j, i + 1] > h) * s
    bottom = (heights[j + 1, i] > h) * (1 - s) + (heights[j + 1, i + 1] > h) * s
    return top * (1 - t) + bottom * t


@_jit
def contact_map(points, light, contact, room):  # type: ignore[no-untyped-def]
    """How much of the sky things near the floor hide from it.

    Args:
        points: float32 [V, 3], on the surface of things.
        contact: float32 [S, S] over the floor around the shadow map's centre, overwritten; room: like it, to work in.
    """
    size, half = contact.shape[0], light[18]
    contact[:] = 0
    for i in range(points.shape[0]):
        z = points[i, 2]
        if z > _CONTACT:
            continue
        x = int(((points[i, 0] - light[15]) / half + 1) * 0.5 * size)
        y = int(((points[i, 1] - light[16]) / half + 1) * 0.5 * size)
        if 1 <= x < size - 1 and 1 <= y < size - 1:
            contact[y, x] += (1 - max(z, 0.0) / _CONTACT) ** 2 * 0.25
    for y in range(size):
        for x in range(size):
            contact[y, x] = 1 - math.exp(-contact[y, x])
    for _ in range(2):
        for y in range(1, size - 1):
            for x in range(1, size - 1):
                room[y, x] = (
                    4 * contact[y, x]
                    + 2 * (contact[y, x - 1] + contact[y, x + 1] + contact[y - 1, x] + contact[y + 1, x])
                    + contact[y - 1, x - 1] + contact[y - 1, x + 1] + contact[y + 1, x - 1] + contact[y + 1, x + 1]
                ) / 16  # fmt: skip
        for y in range(1, size - 1):  # a slice assignment would take numba five seconds to compile
            for x in range(1, size - 1):
                contact[y, x] = room[y, x]


@_jit
def shade(buffer, light, heights, contact, strength, soft, weight, picture):  # type: ignore[no-untyped-def]
    """Add a drawn buffer, shadows applied, to a picture.

    Args:
        buffer: float32 [H, W, PLANES].
        heights: shadow map float32 [S, S]; contact: float32 [C, C] of `contact_map`.
        strength: how dark shadows are, 0 to 1; soft: how wide their edges are, in pixels of the map.
        weight: share of this sub-frame in the picture, float32 [H, W, 3], which it is added to.
    """
    size, cells = heights.shape[0], contact.shape[0]
    half = light[18]
    for y in range(buffer.shape[0]):
        for x in range(buffer.shape[1]):
            g = buffer[y, x]
            lit, open_sky = 1.0, 1.0
            if g[DEPTH] < 200 and g[GLOWING] < 0.5:
                px, py, pz = g[POINT] - light[15], g[POINT + 1] - light[16], g[POINT + 2] - light[17]
                if abs(px) < half and abs(py) < half and g[POINT + 2] < 0.08:
                    a, b = (px / half + 1) * 0.5 * cells - 0.5, (py / half + 1) * 0.5 * cells - 0.5
                    i, j = int(math.floor(a)), int(math.floor(b))
                    if 0 <= i < cells - 1 and 0 <= j < cells - 1:
                        s, t = a - i, b - j
                        top = contact[j, i] * (1 - s) + contact[j, i + 1] * s
                        bottom = contact[j + 1, i] * (1 - s) + contact[j + 1, i + 1] * s
                        open_sky = 1 - 0.65 * (top * (1 - t) + bottom * t)
                if strength > 0:
                    a = ((px * light[9] + py * light[10] + pz * light[11]) / half + 1) * 0.5 * size - 0.5
                    b = ((px * light[12] + py * light[13] + pz * light[14]) / half + 1) * 0.5 * size - 0.5
                    if 0 <= a < size and 0 <= b < size:
                        h = px * light[0] + py * light[1] + pz * light[2] + 0.03 + 0.01 * soft
                        dark = _dark(heights, a, b, h)
                        if soft > 0:
                            dark = 0.2 * (
                                dark
                                + _dark(heights, a + soft, b + 0.4 * soft, h)
                                + _dark(heights, a - 0.4 * soft, b + soft, h)
                                + _dark(heights, a - soft, b - 0.4 * soft, h)
                                + _dark(heights, a + 0.4 * soft, b - soft, h)
                            )  # fmt: skip
                        lit = 1 - strength * dark
            for c in range(3):
                picture[y, x, c] += weight * open_sky * (g[AMBIENT + c] + (g[LIT + c] - g[AMBIENT + c]) * lit)
