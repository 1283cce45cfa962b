using StreamInference.Configuration;

namespace StreamInference.Tests.Configuration;

public sealed class EffectiveConfigTests
{
    private static readonly PipelineConfig Config = new()
    {
        Name = "fraud",
        Input = new InputConfig { Topic = "transactions" },
        Output = new OutputConfig { Topic = "scores" },
        Model = new ModelConfig { Path = "/models/fraud", Providers = ["cuda", "cpu"] },
        Kafka = new KafkaConfig
        {
            Properties = new Dictionary<string, string>
            {
                ["sasl.username"] = "alice",
                ["sasl.password"] = "hunter2",
                ["ssl.key.password"] = "hunter2",
                ["ssl.key.pem"] = "hunter2",
                ["ssl.keystore.password"] = "hunter2",
                ["sasl.oauthbearer.client.secret"] = "hunter2",
                ["sasl.oauthbearer.config"] = "hunter2",
                ["sasl.oauthbearer.token.endpoint.url"] = "https://idp/token",
            },
            Producer = new Dictionary<string, string> { ["ssl.key.password"] = "hunter2", ["linger.ms"] = "2" },
        },
    };

    [Fact]
    public void Secrets_are_masked_and_the_rest_is_shown()
    {
        string text = EffectiveConfig.Format(Config);

        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.Contains("kafka.sasl.password = ***\n", text, StringComparison.Ordinal);
        Assert.Contains("kafka.producer.ssl.key.password = ***\n", text, StringComparison.Ordinal);
        Assert.Contains("kafka.sasl.username = alice\n", text, StringComparison.Ordinal);
        Assert.Contains("kafka.sasl.oauthbearer.token.endpoint.url = https://idp/token\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Defaults_are_shown_in_the_syntax_of_the_file()
    {
        string text = EffectiveConfig.Format(Config);

        Assert.Contains("batch.max_wait = 5ms\n", text, StringComparison.Ordinal);
        Assert.Contains("commit.max_bytes = 16MiB\n", text, StringComparison.Ordinal);
        Assert.Contains("output.headers = standard\n", text, StringComparison.Ordinal);
        Assert.Contains("model.providers = cuda, cpu\n", text, StringComparison.Ordinal);
        Assert.Contains("kafka.bootstrap.servers = localhost:9092\n", text, StringComparison.Ordinal);
    }
}
