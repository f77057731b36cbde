"""What is peculiar to Lithuania: numbers, money, dates, the alphabet, names, codes, translations."""
