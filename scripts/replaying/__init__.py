"""A simulated year of one house, priced: this integration's own core against other ways to run a Powerwall.

``assumptions`` says what is taken for granted and where from; ``house``, ``car`` and ``year`` make the year;
``battery`` and ``cloud`` are the Powerwall and the way to it; ``core`` drives the integration's decision core and is
the only file that knows it; ``rivals`` are the others; ``bound`` is what no policy can beat.
"""
