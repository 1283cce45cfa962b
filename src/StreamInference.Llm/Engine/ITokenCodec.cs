namespace StreamInference.Llm.Engine;

/// <summary>Text to tokens and back: what the engine needs of a tokenizer.</summary>
public interface ITokenCodec
{
    /// <summary>Token ids of a prompt, with the special tokens the model expects around it. <paramref name="text"/> has no lone surrogates.</summary>
    IReadOnlyList<int> Encode(string text);

    /// <summary>A decoder for one output.</summary>
    ITokenTextDecoder CreateDecoder();
}

/// <summary>Turns output tokens into text, one at a time; never gives half a character.</summary>
public interface ITokenTextDecoder
{
    /// <summary>Text that is certain after this token; empty while a character is incomplete.</summary>
    string Append(int tokenId);

    /// <summary>What is left at the end, with U+FFFD for an incomplete character.</summary>
    string Flush();
}
