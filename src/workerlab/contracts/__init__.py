"""What one kind of lab requires of an app: a counter, a setting, bookings, prices, a diagnosis."""
