using System.Buffers;

namespace StreamInference.Simulation;

/// <summary>
/// A stream of card transactions with several kinds of fraud, in simulated time, after the simulator of the Fraud Detection Handbook
/// (https://fraud-detection-handbook.github.io/fraud-detection-handbook/, chapter 3): customers with habits, terminals on a map, and
/// frauds that start at random. The same <see cref="SimulatorOptions"/> give the same bytes on every machine. Endless; not thread-safe.
/// </summary>
public sealed class TransactionSimulator
{
    private readonly GenuineTransactions _genuine;
    private readonly TransactionSchedule _schedule = new();
    private readonly FraudPlanner _planner;
    private readonly CardDirectory _cards;
    private readonly TerminalDirectory _terminals;
    private readonly FeatureStore _features;
    private readonly TransactionJsonWriter _json;
    private readonly ulong _idKey;

    private Xoshiro256 _random;
    private SimulatedTransaction _current;
    private long _sequence;

    /// <summary>Builds the population and simulates the warm-up days.</summary>
    /// <param name="options">Read once.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public TransactionSimulator(SimulatorOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ThrowIfInvalid();
        Xoshiro256 population = new(options.Seed, stream: 1);
        _random = new Xoshiro256(options.Seed, stream: 2);
        _idKey = Xoshiro256.Mix(options.Seed);
        _terminals = new TerminalDirectory(options.Terminals, ref population);
        _cards = new CardDirectory(options.Customers, _terminals, ref population);
        _features = new FeatureStore(_cards.All.Length, options.Terminals);
        _planner = new FraudPlanner(options, _cards, _terminals, _schedule);
        _json = new TransactionJsonWriter(options.IncludeLabel);
        long start = options.Start.ToUnixTimeMilliseconds();
        _genuine = new GenuineTransactions(options, _cards, _terminals, _schedule, ref _random);
        while (Math.Min(_genuine.NextAt, _schedule.NextAt) < start) Next();
        _sequence = 0;
    }

    /// <summary>
    /// The next transaction. The reference is to the simulator's own state: it shows the following transaction after the next call.
    /// </summary>
    public ref readonly SimulatedTransaction Next()
    {
        if (_schedule.NextAt <= _genuine.NextAt) Take(_schedule.Take());
        else TakeGenuine();
        _current.Sequence = _sequence;
        _current.TransactionId = Xoshiro256.Mix(_idKey ^ (ulong)_sequence);
        _sequence++;
        _features.Join(ref _current, in _cards.All[_current.Card]);
        return ref _current;
    }

    /// <summary>Makes the next transaction and appends its record; allocates nothing once the buffers have grown.</summary>
    /// <param name="value">Receives the value: a JSON object in UTF-8.</param>
    /// <param name="key">Receives the key: the card id in UTF-8.</param>
    /// <returns>The transaction, as <see cref="Next"/>.</returns>
    public ref readonly SimulatedTransaction WriteNext(IBufferWriter<byte> value, IBufferWriter<byte> key)
    {
        ref readonly SimulatedTransaction transaction = ref Next();
        _json.WriteValue(in transaction, value);
        TransactionJsonWriter.WriteKey(in transaction, key);
        return ref transaction;
    }

    private void TakeGenuine()
    {
        PlannedTransaction genuine = _genuine.Take(ref _random);
        if (FraudPlanner.IsDiverted(in _terminals.All[genuine.Terminal], genuine.At, ref _random))
        {
            double factor = _random.NextDouble(0.9, 1.9);
            genuine = genuine with
            {
                AmountCents = Amounts.ToCents(genuine.AmountCents * factor / 100),
                Scenario = FraudScenario.CompromisedTerminal,
            };
        }

        Take(genuine);
        _planner.MayStart(genuine.At, ref _random);
    }

    private void Take(in PlannedTransaction planned)
    {
        ref readonly Terminal terminal = ref _terminals.All[planned.Terminal];
        ref readonly Card card = ref _cards.All[planned.Card];
        _current.UnixMilliseconds = planned.At;
        _current.Customer = card.Customer;
        _current.Card = planned.Card;
        _current.CardCountry = card.Country;
        _current.Terminal = planned.Terminal;
        _current.TerminalCountry = terminal.Country;
        _current.AmountCents = planned.AmountCents;
        _current.Channel = terminal.Channel;
        _current.Category = terminal.Category;
        _current.Location = terminal.Location;
        _current.Scenario = planned.Scenario;
    }
}
