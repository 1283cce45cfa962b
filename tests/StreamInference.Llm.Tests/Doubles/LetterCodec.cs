using StreamInference.Llm.Engine;

namespace StreamInference.Llm.Tests.Doubles;

/// <summary>A token is a letter; every fifth token is the first half of a character that the next token completes.</summary>
internal sealed class LetterCodec : ITokenCodec
{
    public static char Letter(int token) => (char)('a' + token % 26);

    public IReadOnlyList<int> Encode(string text, bool addSpecialTokens) => [.. text.Select(c => c % 26)];

    public ITokenTextDecoder CreateDecoder(ReadOnlySpan<int> prompt) => new Decoder();

    private sealed class Decoder : ITokenTextDecoder
    {
        private string _half = string.Empty;

        public string Append(int tokenId)
        {
            if (tokenId % 5 == 4 && _half.Length == 0)
            {
                _half = Letter(tokenId).ToString();
                return string.Empty;
            }
            string text = _half + Letter(tokenId);
            _half = string.Empty;
            return text;
        }

        public string Flush()
        {
            string rest = _half.Length == 0 ? string.Empty : "\uFFFD";
            _half = string.Empty;
            return rest;
        }
    }
}
