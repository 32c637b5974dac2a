"""Kernels for meshes: triangles into the geometry buffer of `raycast`, with smooth shading, and into the shadow map."""

# ruff: noqa: RUF046  (numba's floor gives a float)

from __future__ import annotations

import math

from numba import njit

from model.rendering import mesh as m
from model.rendering import primitives as p
from model.rendering.raycast import AMBIENT, DEPTH, GLOWING, LIT, POINT, noise

_COLOUR, _COLOUR_2, _TEXTURE, _FREQUENCY = m.COLOUR, m.COLOUR_2, m.TEXTURE, m.FREQUENCY
_AMOUNT, _SHINE, _SOFT = m.AMOUNT, m.SHINE, m.SOFT
_PATCHES = p.PATCHES
_NEAR = 0.15  # m; triangles that come nearer to the lens are left out

_jit = njit(cache=True, fastmath=True, nogil=True, error_model="numpy")


@_jit
def normals(vertices, faces, out):  # type: ignore[no-untyped-def]
    """Smooth normals: `out` float32 [V, 3] is overwritten; vertices float32 [V, 3], faces int32 [F, 3]."""
    out[:] = 0
    for i in range(faces.shape[0]):
        a, b, c = vertices[faces[i, 0]], vertices[faces[i, 1]], vertices[faces[i, 2]]
        ux, uy, uz = b[0] - a[0], b[1] - a[1], b[2] - a[2]
        vx, vy, vz = c[0] - a[0], c[1] - a[1], c[2] - a[2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for k in range(3):
            n = out[faces[i, k]]
            n[0] += nx
            n[1] += ny
            n[2] += nz


@_jit
def _area(ax, ay, bx, by, cx, cy):  # type: ignore[no-untyped-def]
    return (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)


@_jit
def raster_mesh(vertices, normal, rest, faces, face_materials, materials, camera, light, buffer, visible, screen):  # type: ignore[no-untyped-def]
    """Draw a mesh into a geometry buffer.

    Args:
        vertices, normal, rest: float32 [V, 3]; faces: int32 [F, 3]; face_materials: int32 [F].
        materials: float32 [M, MATERIAL_SIZE].
        camera, light, buffer: as in `raycast.raster`.
        visible: int32 [H, W]; screen: float32 [V, 3]; both only room to work in.
    """
    height, width = buffer.shape[0], buffer.shape[1]
    cx, cy, cz = camera[0], camera[1], camera[2]
    rx, ry, rz = camera[3], camera[4], camera[5]
    ux, uy, uz = camera[6], camera[7], camera[8]
    fx, fy, fz = camera[9], camera[10], camera[11]
    focal, px, py = camera[12], camera[13], camera[14]
    lx, ly, lz = light[0], light[1], light[2]
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0] - cx, vertices[i, 1] - cy, vertices[i, 2] - cz
        depth = x * fx + y * fy + z * fz
        screen[i, 2] = depth
        if depth > _NEAR:
            screen[i, 0] = focal * (x * rx + y * ry + z * rz) / depth + px
            screen[i, 1] = focal * (x * ux + y * uy + z * uz) / depth + py
    top, bottom, first, last = height, 0, width, 0
    for y in range(height):
        for x in range(width):
            visible[y, x] = -1
    for i in range(faces.shape[0]):
        a, b, c = screen[faces[i, 0]], screen[faces[i, 1]], screen[faces[i, 2]]
        if a[2] <= _NEAR or b[2] <= _NEAR or c[2] <= _NEAR:
            continue
        x0 = max(int(math.ceil(min(a[0], b[0], c[0]) - 0.5)), 0)
        x1 = min(int(math.floor(max(a[0], b[0], c[0]) - 0.5)) + 1, width)
        y0 = max(int(math.ceil(min(a[1], b[1], c[1]) - 0.5)), 0)
        y1 = min(int(math.floor(max(a[1], b[1], c[1]) - 0.5)) + 1, height)
        if x0 >= x1 or y0 >= y1:
            continue
        area = _area(a[0], a[1], b[0], b[1], c[0], c[1])
        if area > -1e-6:  # turned away, or seen edge-on
            continue
        inverse = 1.0 / area
        ia, ib, ic = 1.0 / a[2], 1.0 / b[2], 1.0 / c[2]
        touched = False
        for y in range(y0, y1):
            v = y + 0.5
            up = (v - py) / focal
            for x in range(x0, x1):
                u = x + 0.5
                wa = _area(b[0], b[1], c[0], c[1], u, v) * inverse
                wb = _area(c[0], c[1], a[0], a[1], u, v) * inverse
                wc = 1.0 - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                across = (u - px) / focal
                t = math.sqrt(1.0 + across * across + up * up) / (wa * ia + wb * ib + wc * ic)
                if t < buffer[y, x, DEPTH]:
                    buffer[y, x, DEPTH] = t
                    visible[y, x] = i
                    touched = True
        if touched:
            top, bottom = min(top, y0), max(bottom, y1)
            first, last = min(first, x0), max(last, x1)
    for y in range(top, bottom):
        up = (y + 0.5 - py) / focal
        for x in range(first, last):
            face = visible[y, x]
            if face < 0:
                continue
            ja, jb, jc = faces[face, 0], faces[face, 1], faces[face, 2]
            a, b, c = screen[ja], screen[jb], screen[jc]
            inverse = 1.0 / _area(a[0], a[1], b[0], b[1], c[0], c[1])
            wa = _area(b[0], b[1], c[0], c[1], x + 0.5, y + 0.5) * inverse / a[2]
            wb = _area(c[0], c[1], a[0], a[1], x + 0.5, y + 0.5) * inverse / b[2]
            wc = _area(a[0], a[1], b[0], b[1], x + 0.5, y + 0.5) * inverse / c[2]
            s = 1.0 / (wa + wb + wc)
            wa, wb, wc = wa * s, wb * s, wc * s
            nx = normal[ja, 0] * wa + normal[jb, 0] * wb + normal[jc, 0] * wc
            ny = normal[ja, 1] * wa + normal[jb, 1] * wb + normal[jc, 1] * wc
            nz = normal[ja, 2] * wa + normal[jb, 2] * wb + normal[jc, 2] * wc
            s = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz + 1e-20)
            across = (x + 0.5 - px) / focal
            dx, dy, dz = fx + rx * across + ux * up, fy + ry * across + uy * up, fz + rz * across + uz * up
            nx, ny, nz = nx * s, ny * s, nz * s
            s = 1.0 / math.sqrt(dx * dx + dy * dy + dz * dz)
            dx, dy, dz = dx * s, dy * s, dz * s
            q = materials[face_materials[face]]
            f = q[_FREQUENCY]
            u = (rest[ja, 0] * wa + rest[jb, 0] * wb + rest[jc, 0] * wc) * f
            v = (rest[ja, 1] * wa + rest[jb, 1] * wb + rest[jc, 1] * wc) * f
            w = (rest[ja, 2] * wa + rest[jb, 2] * wb + rest[jc, 2] * wc) * f
            k = noise(u, v, w)
            if q[_TEXTURE] == _PATCHES:
                k = 1.0 if k > 0.5 else 0.0
            else:
                k = (0.6 * k + 0.4 * noise(u * 2.3, v * 2.3, w * 2.3) - 0.5) * q[_AMOUNT] * 2 + 0.5
            soft = q[_SOFT]
            diffuse = max((nx * lx + ny * ly + nz * lz + soft) / (1 + soft), 0.0)
            hx, hy, hz = lx - dx, ly - dy, lz - dz
            s = (nx * hx + ny * hy + nz * hz) / math.sqrt(hx * hx + hy * hy + hz * hz + 1e-12)
            shine = max(s, 0.0) ** 16 * q[_SHINE]
            sky = 0.6 + 0.4 * nz
            g = buffer[y, x]
            t = g[DEPTH]
            for j in range(3):
                colour = q[_COLOUR + j] * (1 - k) + q[_COLOUR_2 + j] * k
                ambient = colour * light[6 + j] * sky
                g[AMBIENT + j] = ambient
                g[LIT + j] = ambient + (colour * diffuse + shine) * light[3 + j]
            g[POINT], g[POINT + 1], g[POINT + 2] = (
                cx + dx * t + nx * 0.015,
                cy + dy * t + ny * 0.015,
                cz + dz * t + nz * 0.015,
            )
            g[GLOWING] = 0.0


@_jit
def shadow_mesh(vertices, faces, light, heights, screen):  # type: ignore[no-untyped-def]
    """Add a mesh to a shadow map; arguments as in `raster_mesh` and `raycast.shadow_map`."""
    size = heights.shape[0]
    scale = 0.5 * size / light[18]
    for i in range(vertices.shape[0]):
        x, y, z = vertices[i, 0] - light[15], vertices[i, 1] - light[16], vertices[i, 2] - light[17]
        screen[i, 0] = (x * light[9] + y * light[10] + z * light[11]) * scale + 0.5 * size
        screen[i, 1] = (x * light[12] + y * light[13] + z * light[14]) * scale + 0.5 * size
        screen[i, 2] = x * light[0] + y * light[1] + z * light[2]
    for i in range(faces.shape[0]):
        a, b, c = screen[faces[i, 0]], screen[faces[i, 1]], screen[faces[i, 2]]
        x0 = max(int(math.ceil(min(a[0], b[0], c[0]) - 0.5)), 0)
        x1 = min(int(math.floor(max(a[0], b[0], c[0]) - 0.5)) + 1, size)
        y0 = max(int(math.ceil(min(a[1], b[1], c[1]) - 0.5)), 0)
        y1 = min(int(math.floor(max(a[1], b[1], c[1]) - 0.5)) + 1, size)
        if x0 >= x1 or y0 >= y1:
            continue
        area = _area(a[0], a[1], b[0], b[1], c[0], c[1])
        if abs(area) < 1e-6:
            continue
        for y in range(y0, y1):
            for x in range(x0, x1):
                wa = _area(b[0], b[1], c[0], c[1], x + 0.5, y + 0.5) / area
                wb = _area(c[0], c[1], a[0], a[1], x + 0.5, y + 0.5) / area
                wc = 1.0 - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                h = wa * a[2] + wb * b[2] + wc * c[2]
                heights[y, x] = max(heights[y, x], h)
