"""Is there one order of the operations that respects real time and that the model accepts?"""
