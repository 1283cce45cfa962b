using System.Text;

namespace StreamInference.Llm.Tokenization.Models;

/// <summary>Turns consecutive counts of UTF-8 bytes into ranges of UTF-16 units; a part of a code point counts as the whole of it.</summary>
internal ref struct ByteWalk(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _at;
    private int _bytesIntoRune;

    public PieceRange Take(int bytes)
    {
        int start = _at;
        int end = _at;
        while (bytes > 0 && Rune.DecodeFromUtf16(_text[_at..], out var rune, out int length) == System.Buffers.OperationStatus.Done)
        {
            end = _at + length;
            int rest = rune.Utf8SequenceLength - _bytesIntoRune;
            if (bytes < rest)
            {
                _bytesIntoRune += bytes;
                break;
            }

            bytes -= rest;
            _bytesIntoRune = 0;
            _at = end;
        }

        return new PieceRange(start, end);
    }
}
