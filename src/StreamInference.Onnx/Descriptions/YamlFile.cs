using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Onnx.Descriptions;

/// <summary>Reads a file that holds one mapping.</summary>
internal static class YamlFile
{
    /// <summary>The file's mapping; null, with the mistake reported, when it holds none.</summary>
    internal static YamlMap? Read(string text, DescriptionErrors errors)
    {
        YamlStream stream = [];
        try
        {
            using StringReader reader = new(text);
            stream.Load(reader);
        }
        catch (YamlException exception)
        {
            errors.Add(exception.Start, "", $"is not YAML: {exception.Message}");
            return null;
        }

        if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return new YamlMap(root, "", errors);
        errors.Add("must hold one mapping");
        return null;
    }
}
