"""`hotline bench tickets`: what tickets cost when there are a million of them.

`stories` plays whole lives of tickets through the product, `filling` copies them with other
citizens, places and texts over the days of a year, `work` does with the full store what people do
all day, and `bare` does the same SQL again on the plain driver.
"""
