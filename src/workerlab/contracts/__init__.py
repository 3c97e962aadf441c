"""What one kind of lab asks of an answer: a counter, a setting, bookings, prices, a diagnosis."""
