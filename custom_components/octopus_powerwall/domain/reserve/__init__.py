"""What the battery is told: phases, readings, proof, writing, obedience."""
