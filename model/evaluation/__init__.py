"""How good a model is: figures of merit on arrays (`metrics`), a folder of clips (`evaluate`), pictures (`figures`).

A model comes in as a `Predictor`, so what is judged is what is served: nothing here decodes, crops or scales.
"""
