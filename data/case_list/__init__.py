"""The list of cases 工单台账: found by a filter, in an order, page by page."""
