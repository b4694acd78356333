"""Past decisions: recalled from what is stored, made again, compared, tallied and explained. Changes nothing."""
