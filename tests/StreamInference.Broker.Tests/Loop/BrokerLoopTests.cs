using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using StreamInference.Broker.Loop;

namespace StreamInference.Broker.Tests.Loop;

public sealed class BrokerLoopTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Work_of_many_threads_runs_one_after_the_other()
    {
        await using var loop = new BrokerLoop(_time, NullLogger.Instance);
        var (inside, together, done) = (0, 0, 0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 500; i++)
            {
                await loop.InvokeAsync(() =>
                {
                    if (Interlocked.Increment(ref inside) > 1) together++;
                    Interlocked.Decrement(ref inside);
                    return done++;
                });
            }
        })));
        Assert.Equal((0, 4000), (together, done));
    }

    [Fact]
    public async Task Timers_fire_in_the_order_of_their_deadlines_and_cancelled_ones_do_not()
    {
        await using var loop = new BrokerLoop(_time, NullLogger.Instance);
        var fired = new List<string>();
        await loop.InvokeAsync(() =>
        {
            loop.Schedule(TimeSpan.FromSeconds(3), () => fired.Add("third"));
            loop.Schedule(TimeSpan.FromSeconds(1), () => fired.Add("first"));
            loop.Schedule(TimeSpan.FromSeconds(2), () => fired.Add("never")).Cancel();
            loop.Schedule(TimeSpan.FromSeconds(2), () => loop.Schedule(TimeSpan.FromSeconds(10), () => fired.Add("nested")));
            return 0;
        });
        _time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(["first"], fired);
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(["first", "third"], fired);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.Equal(["first", "third", "nested"], fired);
    }

    [Fact]
    public async Task A_step_that_fails_ends_neither_the_loop_nor_the_steps_after_it()
    {
        await using var loop = new BrokerLoop(_time, NullLogger.Instance);
        loop.Post(static () => throw new InvalidOperationException("a handler's mistake"));
        Assert.Equal(5, await loop.InvokeAsync(static () => 5));
        await Assert.ThrowsAsync<InvalidOperationException>(() => loop.InvokeAsync<int>(static () => throw new InvalidOperationException()));
    }

    [Fact]
    public async Task Disposal_does_what_was_posted_and_refuses_what_comes_later()
    {
        var loop = new BrokerLoop(_time, NullLogger.Instance);
        var done = 0;
        loop.Post(() => done++);
        await loop.DisposeAsync();
        Assert.Equal(1, done);
        loop.Post(() => done++);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => loop.InvokeAsync(static () => 0));
        Assert.Equal(1, done);
    }
}
