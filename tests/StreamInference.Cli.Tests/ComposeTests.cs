using System.CommandLine;
using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using StreamInference.Pipeline;
using StreamInference.TestKit;
using YamlDotNet.Serialization;

namespace StreamInference.Cli.Tests;

/// <summary>The files of <c>compose/</c> against the commands, ports, paths and metrics that exist.</summary>
public sealed partial class ComposeTests
{
    private const string OurImage = "streaminfer:latest";

    private static readonly string Folder = Path.Combine(SharedData.RepositoryRoot, "compose");

    private static readonly Dictionary<string, Dictionary<object, object>> Services =
        Section(Yaml("docker-compose.yml"), "services").ToDictionary(service => (string)service.Key, service => (Dictionary<object, object>)service.Value);

    public static TheoryData<string> OurServices => [.. Services.Where(service => (string)service.Value["image"] == OurImage).Select(service => service.Key)];

    [Theory]
    [MemberData(nameof(OurServices))]
    public void A_service_runs_a_command_that_exists_on_files_that_are_mounted(string name)
    {
        List<string> command = Texts(Services[name]["command"]);
        RootCommand root = CliApplication.CreateRoot(CliContext.ForProcess(CancellationToken.None));
        Assert.Empty(root.Parse(command).Errors);
        List<(string Host, string Container)> mounts = [.. Texts(Services[name]["volumes"]).Select(volume => (volume.Split(':')[0], volume.Split(':')[1]))];
        foreach (string path in command.Where(word => word.StartsWith('/')))
        {
            (string host, string container) = Assert.Single(mounts, mount => path.StartsWith(mount.Container + "/", StringComparison.Ordinal));
            Assert.True(File.Exists(Path.GetFullPath(Path.Combine(Folder, host + path[container.Length..]))), path);
        }
    }

    [Theory]
    [MemberData(nameof(OurServices))]
    public void A_service_talks_to_the_listeners_that_the_brokers_advertise(string name)
    {
        string[] advertised = [.. Services.Where(service => service.Key.StartsWith("kafka-", StringComparison.Ordinal))
            .Select(service => Environment(service.Value)["KAFKA_ADVERTISED_LISTENERS"].Split(',')[0].Replace("INTERNAL://", "", StringComparison.Ordinal))];
        Assert.Equal(3, advertised.Length);
        Assert.Equal(advertised, Environment(Services[name])["STREAMINFERENCE_KAFKA__BOOTSTRAP_SERVERS"].Split(','));
    }

    [Fact]
    public void Prometheus_scrapes_the_metrics_port_of_every_worker()
    {
        string[] workers = [.. Services.Where(service => service.Value.TryGetValue("command", out object? command) && Texts(command)[0] == "run")
            .Select(service => $"{service.Key}:{After(Texts(service.Value["command"]), "--metrics-port")}")];
        Assert.NotEmpty(workers);
        Assert.Equal(workers.Length, workers.Select(worker => Environment(Services[worker.Split(':')[0]])["STREAMINFERENCE_INSTANCE"]).Distinct().Count());
        Assert.Equal(workers, Regex.Matches(Text("prometheus/prometheus.yml"), "\"([^\"]+:[0-9]+)\"").Select(match => match.Groups[1].Value));
    }

    [Fact]
    public void Every_broker_is_a_voter_under_its_own_id_and_names_itself()
    {
        foreach ((string name, Dictionary<object, object> service) in Services.Where(service => service.Key.StartsWith("kafka-", StringComparison.Ordinal)))
        {
            Dictionary<string, string> environment = Environment(service);
            Assert.Contains($"{environment["KAFKA_NODE_ID"]}@{name}:29093", environment["KAFKA_CONTROLLER_QUORUM_VOTERS"].Split(','));
            Assert.StartsWith($"INTERNAL://{name}:19092,", environment["KAFKA_ADVERTISED_LISTENERS"], StringComparison.Ordinal);
            string port = environment["KAFKA_ADVERTISED_LISTENERS"].Split(':')[^1];
            Assert.Equal([$"127.0.0.1:{port}:9092"], Texts(service["ports"]));
        }
    }

    [Fact]
    public void The_dashboard_asks_for_metrics_that_are_exported()
    {
        HashSet<string> exported = ExportedNames();
        string[] used = [.. MetricName().Matches(string.Join('\n', Expressions())).Select(match => match.Value).Distinct()];
        Assert.True(used.Length > 10);
        Assert.All(used, name => Assert.Contains(name, exported));
    }

    [Fact]
    public void The_image_has_the_name_that_the_services_use_and_exposes_the_metrics_port()
    {
        XDocument project = XDocument.Load(Path.Combine(SharedData.RepositoryRoot, "src/StreamInference.Cli/StreamInference.Cli.csproj"));
        Assert.Equal(OurImage, $"{project.Descendants("ContainerRepository").Single().Value}:{project.Descendants("ContainerImageTag").Single().Value}");
        Assert.Equal("9464", project.Descendants("ContainerPort").Single().Attribute("Include")!.Value);
    }

    [Fact]
    public void Every_volume_and_every_file_that_is_mounted_exists()
    {
        HashSet<string> named = [.. Section(Yaml("docker-compose.yml"), "volumes").Keys.Cast<string>()];
        foreach (string host in Services.Values.Where(service => service.ContainsKey("volumes")).SelectMany(service => Texts(service["volumes"])).Select(volume => volume.Split(':')[0]))
            Assert.True(host.StartsWith('.') ? Path.Exists(Path.Combine(Folder, host)) : named.Contains(host), host);
    }

    [GeneratedRegex("(streaminference|dotnet)_[a-z0-9_]+")]
    private static partial Regex MetricName();

    private static IEnumerable<string> Expressions()
    {
        using JsonDocument dashboard = JsonDocument.Parse(Text("grafana/dashboards/streaminference.json"));
        foreach (JsonElement panel in dashboard.RootElement.GetProperty("panels").EnumerateArray())
            foreach (JsonElement target in panel.GetProperty("targets").EnumerateArray())
                yield return target.GetProperty("expr").GetString()!;
        yield return dashboard.RootElement.GetProperty("templating").GetProperty("list")[0].GetProperty("query").GetProperty("query").GetString()!;
    }

    /// <summary>What OpenTelemetry's Prometheus exporter makes of the instruments: dots to underscores, then the unit, then the kind.</summary>
    private static HashSet<string> ExportedNames()
    {
        HashSet<string> names = [];
        using MeterListener listener = new();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name is not (PipelineMetrics.MeterName or "System.Runtime")) return;
            string unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
            string name = instrument.Name.Replace('.', '_') + unit;
            string kind = instrument.GetType().Name;
            if (kind.Contains("Histogram", StringComparison.Ordinal)) names.UnionWith([$"{name}_bucket", $"{name}_sum", $"{name}_count"]);
            else names.Add(kind.StartsWith("Counter", StringComparison.Ordinal) || kind.StartsWith("ObservableCounter", StringComparison.Ordinal) ? $"{name}_total" : name);
        };
        listener.Start();
        using PipelineMetrics metrics = new("fraud");
        return names;
    }

    private static string After(List<string> words, string option) => words[words.IndexOf(option) + 1];

    private static Dictionary<string, string> Environment(Dictionary<object, object> service) =>
        Section(service, "environment").ToDictionary(variable => (string)variable.Key, variable => (string)variable.Value);

    private static Dictionary<object, object> Section(Dictionary<object, object> of, string key) => (Dictionary<object, object>)of[key];

    private static List<string> Texts(object list) => [.. ((List<object>)list).Cast<string>()];

    private static string Text(string file) => File.ReadAllText(Path.Combine(Folder, file));

    // Anchors and merge keys are most of the compose file.
    private static Dictionary<object, object> Yaml(string file) =>
        new DeserializerBuilder().Build().Deserialize<Dictionary<object, object>>(new YamlDotNet.Core.MergingParser(new YamlDotNet.Core.Parser(new StringReader(Text(file)))))!;
}
