"""Tickets on paper (工单打印): PDF, DOCX, and lists as XLSX; never more than who asks may see."""
