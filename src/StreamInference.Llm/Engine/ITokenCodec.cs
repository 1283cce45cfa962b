namespace StreamInference.Llm.Engine;

/// <summary>Text to tokens and back: what the engine needs of a tokenizer.</summary>
public interface ITokenCodec
{
    /// <summary>Token ids of a prompt. <paramref name="text"/> has no lone surrogates.</summary>
    /// <param name="text">The prompt.</param>
    /// <param name="addSpecialTokens">Whether the special tokens that the model expects around a text are added (not to a rendered chat).</param>
    IReadOnlyList<int> Encode(string text, bool addSpecialTokens);

    /// <summary>A decoder for one output, which goes on behind the prompt.</summary>
    ITokenTextDecoder CreateDecoder(ReadOnlySpan<int> prompt);
}

/// <summary>Turns output tokens into text, one at a time; never gives half a character.</summary>
public interface ITokenTextDecoder
{
    /// <summary>Text that is certain after this token; empty while a character is incomplete.</summary>
    string Append(int tokenId);

    /// <summary>What is left at the end, with U+FFFD for an incomplete character.</summary>
    string Flush();
}
