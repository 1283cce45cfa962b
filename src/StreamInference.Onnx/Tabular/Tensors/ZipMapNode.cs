using System.Globalization;
using System.Text;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tabular;

/// <summary>
/// A ZipMap node: makes a map from class to probability of each row of a tensor. Fields of onnx.proto: NodeProto.input 1, output 2, op_type 4,
/// attribute 5; AttributeProto.name 1, ints 8, strings 9.
/// </summary>
internal sealed record ZipMapNode(string Input, string Output, IReadOnlyList<string> Classes)
{
    /// <summary>Reads a node; null when it is another operator.</summary>
    internal static ZipMapNode? Read(ReadOnlySpan<byte> node)
    {
        string input = "";
        string output = "";
        bool isZipMap = false;
        List<string> classes = [];
        ProtobufReader fields = new(node);
        while (fields.TryRead())
        {
            if (fields.Field == 1) input = Encoding.UTF8.GetString(fields.Bytes);
            else if (fields.Field == 2) output = Encoding.UTF8.GetString(fields.Bytes);
            else if (fields.Field == 4) isZipMap = fields.Bytes.SequenceEqual("ZipMap"u8);
            else if (fields.Field == 5) ReadClasses(fields.Bytes, classes);
        }

        return isZipMap ? new ZipMapNode(input, output, classes) : null;
    }

    private static void ReadClasses(ReadOnlySpan<byte> attribute, List<string> classes)
    {
        bool labels = false;
        List<string> values = [];
        ProtobufReader fields = new(attribute);
        while (fields.TryRead())
        {
            if (fields.Field == 1) labels = fields.Bytes.StartsWith("classlabels_"u8);
            else if (fields.Field == 9) values.Add(Encoding.UTF8.GetString(fields.Bytes));
            else if (fields.Field == 8) AddIntegers(fields, values);
        }

        if (labels) classes.AddRange(values);
    }

    // Repeated integers are packed into one field by some writers and a field each by others.
    private static void AddIntegers(ProtobufReader field, List<string> values)
    {
        IEnumerable<long> integers = field.Bytes.IsEmpty ? [(long)field.Number] : ProtobufReader.ReadPacked(field.Bytes);
        values.AddRange(integers.Select(value => value.ToString(CultureInfo.InvariantCulture)));
    }
}
