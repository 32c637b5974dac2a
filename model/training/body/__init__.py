"""How the network on landmarks is made: recipe, network, run, flatbuffer."""
