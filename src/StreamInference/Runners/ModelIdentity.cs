using System.Globalization;
using System.Text;

namespace StreamInference.Runners;

/// <summary>The name and version of a model; the values of the headers <c>si-model</c> and <c>si-version</c>.</summary>
public sealed class ModelIdentity
{
    /// <summary>Creates the identity. Versions are integers, as in Triton's model repository.</summary>
    public ModelIdentity(string name, int version)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Name = name;
        Version = version;
        NameUtf8 = Encoding.UTF8.GetBytes(name);
        VersionUtf8 = Encoding.UTF8.GetBytes(version.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>The model's name.</summary>
    public string Name { get; }

    /// <summary>The model's version.</summary>
    public int Version { get; }

    /// <summary>The name as a header value.</summary>
    public ReadOnlyMemory<byte> NameUtf8 { get; }

    /// <summary>The version as a header value.</summary>
    public ReadOnlyMemory<byte> VersionUtf8 { get; }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}@{Version}";
}
