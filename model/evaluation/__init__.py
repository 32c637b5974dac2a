"""How good a model is: figures of merit on arrays (`measure`), a folder of clips judged (`evaluate`), its `report`.

`write_report` writes the page for people (`model.report`). A model comes in as a `Predictor`, so what is judged is what
is served; nothing here decodes, crops or scales.
"""
