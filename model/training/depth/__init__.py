"""How the network of depth is made: recipe, network, run, flatbuffer."""
