#:property NoWarn=CS1591
#:project ../../src/StreamInference
#:project ../../src/StreamInference.Simulation
#:property PublishAot=false
#:property RestorePackagesWithLockFile=false
#:property NuGetLockFilePath=none
// dotnet run models/training/draw_explanations.cs -- OUT COUNT SEED [frauds]: prompts and explanations for training, a line {"prompt","text"} each. Prompts are
// made by the template of topics/explain/pipeline.yaml; start it in the repository's root. (The folder's lock file is that of scripts with fewer references.)
// Half are frauds of the simulator as they are, the others have each group of fields from another place, so that no field tells another.
// With "frauds" all are simulated frauds as they are: the set to measure on.
using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using StreamInference.Configuration;
using StreamInference.Records;
using StreamInference.Simulation;

var (output, count, seed) = (args[0], int.Parse(args[1], CultureInfo.InvariantCulture), int.Parse(args[2], CultureInfo.InvariantCulture));
var template = RecordTemplate.Parse(PipelineConfigFile.Load("topics/explain/pipeline.yaml").Request!.Prompt!);
bool asTheyAre = args.Length > 3;
var simulator = new TransactionSimulator(new SimulatorOptions { Seed = (ulong)seed, FraudRate = 0.05 });
var random = new Random(seed);
string[] countries = [.. TransactionExplanation.CountryCodes];
var relaxed = new JsonSerializerOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
using var lines = new StreamWriter(output);
for (int i = 0; i < count; i++)
{
    var alert = NextFraud();
    if (!asTheyAre && i % 2 == 1) Mix(alert);
    alert["score"] = Math.Round(0.55 + (0.45 * random.NextDouble()), 4);
    using var record = JsonDocument.Parse(alert.ToJsonString());
    var prompt = new StringBuilder();
    if (template.Render(record.RootElement, prompt) is { } error) throw new InvalidDataException(error.Detail);
    lines.WriteLine(JsonSerializer.Serialize(new { prompt = prompt.ToString(), text = string.Join(' ', TransactionExplanation.Sentences(record.RootElement)) }, relaxed));
}

JsonObject NextFraud()
{
    var (value, key) = (new ArrayBufferWriter<byte>(2048), new ArrayBufferWriter<byte>(64));
    while (true)
    {
        value.ResetWrittenCount();
        key.ResetWrittenCount();
        if (simulator.WriteNext(value, key).IsFraud) return JsonNode.Parse(value.WrittenSpan)!.AsObject();
    }
}

void Mix(JsonObject alert)
{
    double usual = Math.Round(LogUniform(4, 900), 2), amount = Math.Round(usual * LogUniform(0.05, 60), 2);
    alert["card_amount_mean_28d"] = usual;
    alert["amount"] = Math.Max(0.01, amount);
    alert["amount_to_card_mean"] = Math.Round(amount / usual, 3);
    alert["card_country"] = countries[random.Next(countries.Length)];
    alert["country"] = random.Next(2) == 0 ? (string)alert["card_country"]! : countries[random.Next(countries.Length)];
    alert["merchant_category"] = MerchantCategories.Names[random.Next(MerchantCategories.Names.Count)];
    alert["channel"] = random.Next(2) == 0 ? "CP" : "CNP";
    alert["hour"] = random.Next(2) == 0 ? random.Next(6) : random.Next(24);
    alert["card_tx_count_1h"] = random.Next(3) == 0 ? random.Next(30) : random.Next(5);
    alert["distance_from_home_km"] = random.Next(3) == 0 ? 0 : Math.Round(LogUniform(1, 9000), 1);
    alert["speed_kmh"] = random.Next(3) == 0 ? 0 : (int)LogUniform(1, 30000);
    alert["known_terminal"] = random.Next(2);
    alert["terminal_fraud_rate_7d"] = random.Next(3) == 0 ? 0 : Math.Round(LogUniform(0.002, 1), 4);
}

double LogUniform(double from, double to) => from * Math.Exp(random.NextDouble() * Math.Log(to / from));
