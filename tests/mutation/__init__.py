"""Do the tests notice a change of the code? Small faults are put into a sample of places, and a test has to fail.

`python -m tests.mutation.run` does it. cosmic-ray makes the faults; `rooms` says what is changed and which tests have
to notice, `sample` chooses, and leaves out what no test could notice.
"""
