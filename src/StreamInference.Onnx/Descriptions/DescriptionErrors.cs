using YamlDotNet.Core;

namespace StreamInference.Onnx.Descriptions;

/// <summary>Collects the mistakes of one file while it is read, so that all are reported at once.</summary>
internal sealed class DescriptionErrors(string file)
{
    private readonly List<DescriptionError> _errors = [];

    internal string File { get; } = file;

    internal bool Any => _errors.Count > 0;

    internal void Add(Mark at, string key, string message) => _errors.Add(new DescriptionError(File, checked((int)at.Line), key, message));

    internal void Add(string message) => _errors.Add(new DescriptionError(File, 0, "", message));

    internal void ThrowIfAny()
    {
        if (Any) throw new ModelDescriptionException([.. _errors.OrderBy(error => error.Line)]);
    }
}
