using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using StreamInference.Configuration;
using StreamInference.Hosting;
using StreamInference.Onnx.Hosting;
using StreamInference.Onnx.Tests.Tabular;
using StreamInference.Pipeline;
using StreamInference.Runners;

namespace StreamInference.Onnx.Tests.Hosting;

public sealed class TabularModelLoaderTests
{
    private const string Yaml = """
        name: tiny
        version: 1
        kind: tabular
        inputs: [ { tensor: x, fields: [/a] } ]
        outputs: { score: { tensor: y } }
        """;

    [Fact]
    public async Task A_host_runs_a_tabular_model()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), Yaml);
        ServiceCollection services = new();
        services.AddStreamInference().UseOnnx().UseOnnx();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IModelLoader loader = Assert.Single(provider.GetServices<IModelLoader>(), loader => loader.Kind == "tabular");
        await using IModelRunner runner = loader.CreateRunner(Pipeline(folder.Path), provider);

        Assert.Equal(1024, runner.MaxBatchSize);
        Assert.True(runner.TrySubmit(MemoryRecords.Batch("{\"a\":0.25}")));
        ResultBatch results = await runner.Results.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0.25, (double)JsonNode.Parse(Encoding.UTF8.GetString(results.ValueOf(results.Results[0])))!["score"]!);
    }

    [Fact]
    public async Task A_provider_that_does_not_exist_is_a_configuration_error()
    {
        using TestModel folder = TestModel.Of(TinyOnnx.Identity(), Yaml);
        ServiceCollection services = new();
        services.AddStreamInference().UseOnnx();
        await using ServiceProvider provider = services.BuildServiceProvider();
        IModelLoader loader = provider.GetServices<IModelLoader>().First(loader => loader.Kind == "tabular");
        PipelineConfig pipeline = Pipeline(folder.Path);
        pipeline = pipeline with { Model = pipeline.Model with { Providers = ["gpu"] } };
        InvalidConfigurationException refused = Assert.Throws<InvalidConfigurationException>(() => loader.CreateRunner(pipeline, provider));
        Assert.Contains("gpu is not an execution provider", refused.Message, StringComparison.Ordinal);
    }

    private static PipelineConfig Pipeline(string path) => new()
    {
        Name = "tiny",
        Input = new InputConfig { Topic = "in", Group = "g" },
        Output = new OutputConfig { Topic = "out" },
        Model = new ModelConfig { Path = path },
    };
}
