"""The knowledge base (知识库, R-3-2): what the hotline answers by itself, and who stands for it."""
