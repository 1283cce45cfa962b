using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using StreamInference.Hosting;
using StreamInference.Onnx.Language;
using StreamInference.Onnx.Sessions;
using StreamInference.Onnx.Tabular;
using StreamInference.Onnx.Vision;
using StreamInference.Pipeline;

namespace StreamInference.Onnx.Hosting;

/// <summary>Lets the pipelines of a host run models in ONNX Runtime.</summary>
public static class OnnxBuilderExtensions
{
    /// <summary>Adds the loaders of this package. Calling it again changes nothing.</summary>
    public static StreamInferenceBuilder UseOnnx(this StreamInferenceBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        OrtTelemetry.Disable();
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelLoader, TabularModelLoader>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelLoader, VisionModelLoader>());
        builder.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IModelLoader, LanguageStreamLoader>());
        return builder;
    }
}
