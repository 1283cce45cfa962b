using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamInference.Configuration;

/// <summary>Reads YAML into settings with their lines and columns.</summary>
internal static class YamlSettings
{
    /// <summary>Reads one document; null, with an error noted, when it is not YAML or no section.</summary>
    public static SectionNode? Read(string text, string file, ICollection<ConfigError> errors)
    {
        YamlStream stream = [];
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException exception)
        {
            errors.Add(new ConfigError("", $"not valid YAML: {exception.Message}", At(file, exception.Start)));
            return null;
        }

        if (stream.Documents.Count == 1 && stream.Documents[0].RootNode is YamlMappingNode root) return (SectionNode)Convert(root, file, errors);
        errors.Add(new ConfigError("", stream.Documents.Count > 1 ? "has more than one document" : "must be a section of settings (key: value)", file));
        return null;
    }

    private static SettingNode Convert(YamlNode node, string file, ICollection<ConfigError> errors)
    {
        string location = At(file, node.Start);
        switch (node)
        {
            case YamlScalarNode scalar:
                return new ScalarNode(scalar.Value ?? "", scalar.Style == YamlDotNet.Core.ScalarStyle.Plain ? ScalarStyle.Plain : ScalarStyle.Quoted, location);
            case YamlSequenceNode sequence:
                return new ListNode([.. sequence.Children.Select(child => Convert(child, file, errors))], location);
            case YamlMappingNode mapping:
                SectionNode section = new(location);
                foreach ((YamlNode key, YamlNode value) in mapping.Children)
                {
                    if (key is YamlScalarNode { Value: { } name }) section.Add(name, Convert(value, file, errors), At(file, key.Start));
                    else errors.Add(new ConfigError("", "a key must be a text", At(file, key.Start)));
                }

                return section;
            default:
                throw new InvalidOperationException($"YAML gave a node of type {node.GetType()}.");
        }
    }

    private static string At(string file, Mark mark) => string.Create(CultureInfo.InvariantCulture, $"{file}:{mark.Line}:{mark.Column}");
}
