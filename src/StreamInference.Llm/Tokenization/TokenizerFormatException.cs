namespace StreamInference.Llm.Tokenization;

/// <summary>A tokenizer or chat template file is missing, broken or uses a feature that is not supported; the message names file and key.</summary>
public sealed class TokenizerFormatException : Exception
{
    /// <summary>An exception without detail.</summary>
    public TokenizerFormatException()
    {
    }

    /// <summary>An exception that names the file and the key at fault.</summary>
    public TokenizerFormatException(string message)
        : base(message)
    {
    }

    /// <summary>An exception that names the file and the key at fault, with its cause.</summary>
    public TokenizerFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
