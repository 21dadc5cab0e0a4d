"""The templates as they are, deployed to an emulator of AWS on this machine: `python -m stack start` and `stop`.

Here belongs what stands between `sam deploy` and the emulator: building and zipping the functions, putting the nested
stacks in order. Not here: anything that the templates say, since what runs here is to be what runs on AWS.
"""
