namespace StreamInference.Llm.Tokenization.Text;

/// <summary>The range of UTF-16 units of the caller's text that one unit of a rewritten text came from; End is exclusive.</summary>
internal readonly record struct Origin(int Start, int End);
