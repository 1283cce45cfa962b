using System.Text;

namespace StreamInference.Onnx.Sessions;

/// <summary>What an ONNX file says about its own version (ModelProto of onnx.proto: ir_version is field 1, opset_import field 8).</summary>
/// <param name="IrVersion">The version of the file format.</param>
/// <param name="Opsets">The operator sets: domain (empty is the default one, "ai.onnx") and version. A domain may stand twice.</param>
internal sealed record OnnxModelHeader(long IrVersion, IReadOnlyList<(string Domain, long Version)> Opsets)
{
    /// <summary>Reads the header; null when the bytes are not an ONNX model.</summary>
    internal static OnnxModelHeader? Read(ReadOnlySpan<byte> model)
    {
        long irVersion = 0;
        List<(string, long)> opsets = [];
        try
        {
            ProtobufReader reader = new(model);
            while (reader.TryRead())
            {
                if (reader.Field == 1) irVersion = (long)reader.Number;
                else if (reader.Field == 8) opsets.Add(ReadOpset(reader.Bytes));
            }
        }
        catch (InvalidDataException)
        {
            return null;
        }

        return irVersion > 0 ? new OnnxModelHeader(irVersion, opsets) : null;
    }

    private static (string Domain, long Version) ReadOpset(ReadOnlySpan<byte> opset)
    {
        string domain = "";
        long version = 0;
        ProtobufReader reader = new(opset);
        while (reader.TryRead())
        {
            if (reader.Field == 1) domain = Encoding.UTF8.GetString(reader.Bytes);
            else if (reader.Field == 2) version = (long)reader.Number;
        }

        return (domain, version);
    }
}
