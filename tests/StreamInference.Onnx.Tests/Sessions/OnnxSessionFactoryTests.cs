using Microsoft.ML.OnnxRuntime;
using StreamInference.Onnx.Sessions;

namespace StreamInference.Onnx.Tests.Sessions;

public sealed class OnnxSessionFactoryTests
{
    private readonly OnnxSessionFactory _factory = new();

    [Fact]
    public void The_processor_runs_a_model()
    {
        using OnnxSession session = _factory.Create(TinyOnnx.Identity(2).ToBytes(), "tiny", new OnnxSessionOptions());

        Assert.Equal(ExecutionProvider.Cpu, session.Provider);
        Assert.Empty(session.Refusals);
        using OrtValue input = OrtValue.CreateTensorValueFromMemory(new float[] { 1, 2, 3, 4 }, [2, 2]);
        using RunOptions run = new();
        using var outputs = session.Session.Run(run, ["x"], [input], ["y"]);
        Assert.Equal([1f, 2f, 3f, 4f], outputs[0].GetTensorDataAsSpan<float>().ToArray());
    }

    [Fact]
    public void A_refused_provider_falls_back_to_the_processor_with_the_cause()
    {
        OnnxSessionOptions options = new() { Providers = [ExecutionProvider.TensorRt, ExecutionProvider.Cuda, ExecutionProvider.Cpu] };
        using OnnxSession session = _factory.Create(TinyOnnx.Identity().ToBytes(), "tiny", options);
        Assert.SkipWhen(session.Provider != ExecutionProvider.Cpu, "this machine has a GPU");

        Assert.Equal([ExecutionProvider.TensorRt, ExecutionProvider.Cuda], session.Refusals.Select(refusal => refusal.Provider));
        Assert.All(session.Refusals, refusal => Assert.Matches(@"\.so|\.dll|CPU package|CUDA", refusal.Reason));
        Assert.All(session.Refusals, refusal => Assert.DoesNotContain("\n", refusal.Reason, StringComparison.Ordinal));
    }

    [Fact]
    public void A_required_provider_that_is_refused_is_fatal()
    {
        OnnxSessionOptions options = new() { Providers = [ExecutionProvider.Cpu], Require = ExecutionProvider.Cuda };
        ModelLoadException? refused = null;
        try
        {
            _factory.Create(TinyOnnx.Identity().ToBytes(), "tiny", options).Dispose();
        }
        catch (ModelLoadException exception)
        {
            refused = exception;
        }

        Assert.SkipWhen(refused is null, "this machine has a GPU");
        Assert.StartsWith("tiny requires cuda, which is refused: ", refused!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_of_a_newer_format_is_refused_with_both_numbers()
    {
        byte[] model = new TinyOnnx { IrVersion = 97 }.Input("x", null, 1).Node("Identity", ["x"], ["y"]).Output("y", null, 1).ToBytes();
        ModelLoadException refused = Assert.Throws<ModelLoadException>(() => _factory.Create(model, "new.onnx", new OnnxSessionOptions()));
        Assert.Matches(@"new\.onnx has IR version 97, and ONNX Runtime 1\.\d+\.\d+ reads up to IR version \d+", refused.Message);
    }

    [Fact]
    public void A_model_of_a_newer_opset_is_refused_with_both_numbers()
    {
        byte[] model = new TinyOnnx { Opset = 98 }.Input("x", null, 1).Node("Identity", ["x"], ["y"]).Output("y", null, 1).ToBytes();
        ModelLoadException refused = Assert.Throws<ModelLoadException>(() => _factory.Create(model, "new.onnx", new OnnxSessionOptions()));
        Assert.Matches(@"new\.onnx uses opset 98 of ai\.onnx, and ONNX Runtime 1\.\d+\.\d+ reads up to opset \d+", refused.Message);
    }

    [Fact]
    public void A_file_that_is_no_model_is_named()
    {
        ModelLoadException refused = Assert.Throws<ModelLoadException>(() => _factory.Create("not a model"u8.ToArray(), "x.onnx", new OnnxSessionOptions()));
        Assert.Contains("x.onnx is not an ONNX model", refused.Message, StringComparison.Ordinal);
        refused = Assert.Throws<ModelLoadException>(() => _factory.Create("nowhere/model.onnx", new OnnxSessionOptions()));
        Assert.Contains("nowhere/model.onnx does not exist", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tensorrt", ExecutionProvider.TensorRt)]
    [InlineData("cuda", ExecutionProvider.Cuda)]
    [InlineData("cpu", ExecutionProvider.Cpu)]
    public void Providers_have_names(string name, ExecutionProvider provider)
    {
        Assert.True(ExecutionProviders.TryParse(name, out ExecutionProvider parsed));
        Assert.Equal(provider, parsed);
        Assert.Equal(name, ExecutionProviders.NameOf(provider));
        Assert.Contains(name, ExecutionProviders.Names);
    }

    [Fact]
    public void The_cause_is_cut_out_of_the_log_message() => Assert.Equal(
        "libcublasLt.so.13: cannot open shared object file: No such file or directory",
        ProviderCause.CauseIn("Failed to load library libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory"));
}
