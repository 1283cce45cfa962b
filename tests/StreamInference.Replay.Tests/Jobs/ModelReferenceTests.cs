using StreamInference.Configuration;
using StreamInference.Replay.Jobs;
using StreamInference.TestKit;

namespace StreamInference.Replay.Tests.Jobs;

public sealed class ModelReferenceTests
{
    private static string Models => Path.Combine(SharedData.RepositoryRoot, "models");

    [Theory]
    [InlineData(null, "fraud@1")]
    [InlineData("@2", "fraud@2")]
    [InlineData("fraud", "fraud@2")]
    [InlineData("fraud_ulb@1", "fraud_ulb@1")]
    [InlineData("defects@latest", "defects@1")]
    public void A_reference_names_a_model_beside_the_pipelines_own(string? reference, string expected) =>
        Assert.Equal(expected, ModelReference.NameOf(ModelReference.Apply(Pipeline(), reference).Model));

    [Theory]
    [InlineData("fraud@7")]
    [InlineData("absent@1")]
    [InlineData("fraud@x")]
    [InlineData("fraud@1@2")]
    [InlineData("@")]
    public void A_wrong_reference_is_refused(string reference) =>
        Assert.Throws<InvalidConfigurationException>(() => ModelReference.Apply(Pipeline(), reference));

    private static PipelineConfig Pipeline() => new()
    {
        Name = "fraud",
        Input = new InputConfig { Topic = "in" },
        Output = new OutputConfig { Topic = "out" },
        Model = new ModelConfig { Path = Path.Combine(Models, "fraud"), Version = "1" },
    };
}
