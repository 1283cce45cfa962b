using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace StreamInference.Onnx.Tabular;

/// <summary>One output of the description: reads it from the tensors and writes it as JSON.</summary>
internal abstract class ResultValue(OutputDescription description)
{
    internal OutputDescription Description { get; } = description;

    /// <summary>How many numbers it is for a user's encoder; a text is none.</summary>
    internal abstract int Count { get; }

    /// <summary>The most bytes it takes.</summary>
    internal abstract int LongestText(int row);

    internal abstract bool IsFinite(int row);

    /// <summary>Its first number: what a decision compares.</summary>
    internal abstract double Number(int row);

    internal abstract void Numbers(int row, Span<float> into);

    internal abstract int Write(int row, Span<byte> into);

    internal static byte[] Quoted(string text) => Encoding.UTF8.GetBytes($"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"");
}

/// <summary>One column of a tensor.</summary>
internal sealed class ColumnValue(OutputDescription description, OutputTensor tensor, int column) : ResultValue(description)
{
    internal override int Count => tensor is TextOutput ? 0 : 1;

    internal override int LongestText(int row) => tensor.LongestText(row, column);

    internal override bool IsFinite(int row) => !tensor.IsFloating || double.IsFinite(tensor.Value(row, column));

    internal override double Number(int row) => tensor.Value(row, column);

    internal override void Numbers(int row, Span<float> into)
    {
        if (!into.IsEmpty) into[0] = (float)tensor.Value(row, column);
    }

    internal override int Write(int row, Span<byte> into) => tensor.Write(row, column, into);
}

/// <summary>All columns of a tensor: an array, or with classes a map from class to probability.</summary>
internal sealed class RowValue(OutputDescription description, OutputTensor tensor, ClassColumns? classes) : ResultValue(description)
{
    private readonly byte[][]? _names = classes is null ? null : [.. classes.Classes.Select(name => (byte[])[.. Quoted(name), (byte)':'])];

    private readonly int _namesLength = classes?.Classes.Sum(name => Quoted(name).Length + 1) ?? 0;

    internal override int Count => tensor is TextOutput ? 0 : tensor.Width;

    internal override int LongestText(int row)
    {
        int longest = 2 + tensor.Width + _namesLength;
        for (int column = 0; column < tensor.Width; column++) longest += tensor.LongestText(row, column);
        return longest;
    }

    internal override bool IsFinite(int row)
    {
        if (!tensor.IsFloating) return true;
        for (int column = 0; column < tensor.Width; column++)
            if (!double.IsFinite(tensor.Value(row, column))) return false;
        return true;
    }

    internal override double Number(int row) => tensor.Value(row, 0);

    internal override void Numbers(int row, Span<float> into)
    {
        for (int column = 0; column < into.Length; column++) into[column] = (float)tensor.Value(row, column);
    }

    internal override int Write(int row, Span<byte> into)
    {
        int at = 0;
        into[at++] = (byte)(_names is null ? '[' : '{');
        for (int column = 0; column < tensor.Width; column++)
        {
            if (column > 0) into[at++] = (byte)',';
            if (_names is not null)
            {
                _names[column].CopyTo(into[at..]);
                at += _names[column].Length;
            }

            at += tensor.Write(row, column, into[at..]);
        }

        into[at++] = (byte)(_names is null ? ']' : '}');
        return at;
    }
}

/// <summary>The mean squared difference between an input and its reconstruction: an autoencoder's score.</summary>
internal sealed class ReconstructionError(OutputDescription description, OutputTensor reconstruction, InputTensor input) : ResultValue(description)
{
    internal override int Count => 1;

    internal override int LongestText(int row) => OutputTensor.LongestValue;

    internal override bool IsFinite(int row) => double.IsFinite(Number(row));

    internal override double Number(int row)
    {
        double sum = 0;
        for (int column = 0; column < input.Width; column++)
        {
            double difference = reconstruction.Value(row, column) - input.Value(row, column);
            sum += difference * difference;
        }

        return sum / input.Width;
    }

    internal override void Numbers(int row, Span<float> into) => into[0] = (float)Number(row);

    internal override int Write(int row, Span<byte> into) => OutputTensor.WriteDouble(Number(row), into);
}
