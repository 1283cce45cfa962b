using StreamInference.Configuration;
using StreamInference.TestKit;

namespace StreamInference.Tests.Configuration;

public sealed class TopicsFileTests : IDisposable
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("topics-").FullName, "topics.yaml");

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);

    [Fact]
    public void Topics_are_read()
    {
        IReadOnlyList<TopicConfig> topics = Load("""
            topics:
              - { name: a, partitions: 3, replication_factor: 2, configs: { retention.ms: 1000, cleanup.policy: "compact,delete" } }
              - name: b
            """);

        Assert.Equal(["a", "b"], topics.Select(t => t.Name));
        Assert.Equal((3, 2), (topics[0].Partitions, topics[0].ReplicationFactor));
        Assert.Equal("1000", topics[0].Configs["retention.ms"]);
        Assert.Equal("compact,delete", topics[0].Configs["cleanup.policy"]);
        Assert.Equal((1, null), (topics[1].Partitions, topics[1].ReplicationFactor));
        Assert.Empty(topics[1].Configs);
    }

    [Fact]
    public void Every_error_is_reported_at_once_with_its_line_and_key()
    {
        InvalidConfigurationException exception = Assert.Throws<InvalidConfigurationException>(() => Load("""
            topics:
              - { partitions: 0 }
              - { name: a, partitons: 2 }
              - { name: a, configs: { retention: { ms: 5 } } }
              - b
            """));

        Assert.Equal(
            [
                $"{_file}:2:5: topics[0].name: is required",
                $"{_file}:2:19: topics[0].partitions: 0 must be at least 1",
                $"{_file}:3:16: topics[1].partitons: unknown setting; did you mean partitions?",
                $"{_file}:4:38: topics[2].configs.retention: must be one value: the name keeps its dots (bootstrap.servers, not a section bootstrap)",
                $"{_file}:4:5: topics[2].name: \"a\" is listed twice",
                $"{_file}:5:5: topics[3]: must be a section of settings (key: value)",
            ],
            exception.Errors.Select(e => e.ToString()));
    }

    [Theory]
    [InlineData("- a")]
    [InlineData("topics: a")]
    [InlineData("{}")]
    public void What_is_no_list_of_topics_is_refused(string yaml) => Assert.Throws<InvalidConfigurationException>(() => Load(yaml));

    [Fact]
    public void Every_stream_of_the_repository_has_valid_files_that_name_the_same_topics()
    {
        string[] files = Directory.GetFiles(Path.Combine(SharedData.RepositoryRoot, "topics"), "topics.yaml", SearchOption.AllDirectories);
        Dictionary<string, HashSet<string>> topics = files.ToDictionary(file => file, file => TopicsFile.Load(file).Select(topic => topic.Name).ToHashSet());
        foreach (string file in files)
        {
            PipelineConfig pipeline = PipelineConfigFile.Load(Path.Combine(Path.GetDirectoryName(file)!, "pipeline.yaml"));
            IEnumerable<string?> own = [pipeline.Output.Topic, pipeline.DeadLetterTopic, pipeline.Progress?.Topic, pipeline.Control?.Topic];
            Assert.Subset(topics[file], own.OfType<string>().ToHashSet());
            // The input may be another stream's output.
            Assert.Contains(topics.Values, names => names.Contains(pipeline.Input.Topic));
        }
    }

    private IReadOnlyList<TopicConfig> Load(string yaml)
    {
        File.WriteAllText(_file, yaml);
        return TopicsFile.Load(_file);
    }
}
