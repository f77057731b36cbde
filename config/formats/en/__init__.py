"""English formats: the words of dates differ, numbers and short dates are those of the whole portal."""
