"""Files of a bundle that would repeat its weights, stored as parts: their other bytes, and references to the weights.

What belongs here makes and assembles parts with numpy alone, whatever kind of file it is (`model.movinet.compact`
knows graphs). The weights stand in the bundle's flatbuffer.
"""
