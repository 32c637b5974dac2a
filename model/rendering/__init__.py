"""Rendered clips: athletes, equipment and gyms drawn by chance, to learn from and to show.

`motion` says how bodies move; `athlete`, `anatomy` and `look` how they are built and dressed; `surroundings` and what
it uses, where they are. `clip` puts a scene together and films it with the kernels of `raycast` and `triangles`, `film`
makes a recording of it. `dataset` writes training clips by the thousand, `videos` whole videos and `examples` those of
the page, both through `mp4`; `contact_sheet` shows clips side by side.

MuJoCo's renderer, the usual choice, gave 11 frames/s at 224 x 398 with shadows on one busy core. These kernels give
four clips for training in a second of one core: 40 frames of 192 x 192 with shutter sub-frames and several people.
"""
