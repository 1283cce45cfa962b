using StreamInference.Llm.Engine;
using StreamInference.Llm.Execution;
using StreamInference.Llm.Tests.Doubles;

namespace StreamInference.Llm.Tests.Engine;

/// <summary>The whole engine over a clock of its own: what a step costs is a function of its rows, tokens and pasts, with noise.</summary>
public class PromptAdmissionTests
{
    // Milliseconds for each chunk, token, token of context, and token of context for each token: a chunk that shares the weights' pass, one that
    // reads them again, long contexts that are dear (keys are read again), long contexts that are dear for each token.
    [Theory]
    [InlineData(0.3, 0.13, 0.0017, 0.0001)]
    [InlineData(2.5, 0.1, 0.0005, 0.0001)]
    [InlineData(0.2, 0.2, 0.0018, 0.00005)]
    [InlineData(0.8, 0.15, 0, 0.00025)]
    public void Running_requests_wait_at_most_two_and_a_half_plain_steps_while_long_prompts_are_admitted(double chunk, double token, double context, double pair)
    {
        for (int seed = 1; seed <= 3; seed++)
        {
            EngineHarness harness = new(EngineHarness.Slots(sequences: 8, blocks: 2048), new LlmEngineOptions { MaxBatchedTokens = 512 }, maxLength: 2300);
            Random random = new(seed);
            double CostOf(StepBatch batch)
            {
                double milliseconds = 3;
                foreach (SequenceSlice slice in batch.Sequences)
                {
                    int total = slice.PastLength + slice.NewCount;
                    milliseconds += slice.NewCount == 1 ? 0.4 : chunk + slice.NewCount * token + total * (context + slice.NewCount * pair);
                }
                return milliseconds;
            }

            harness.Executor.OnExecute = batch => harness.Time.Advance(TimeSpan.FromMilliseconds(CostOf(batch) * (0.85 + 0.3 * random.NextDouble())));
            for (int i = 0; i < 7; i++) harness.Submit(EngineHarness.Request(i, EngineHarness.Prompt(10, i), 2000));
            // As a service has had before: where the cost is learned.
            Admit(harness, 8, 300);
            double[] plain = [.. Enumerable.Range(0, 100).Select(_ => Gap(harness))];
            double median = plain.Order().ElementAt(plain.Length / 2);
            List<double> admitting = Admit(harness, 9, 2000);
            Assert.InRange(admitting.Max(), median * 1.2, median * 2.5);
            // Nor is the prompt starved: the time it is given is used.
            Assert.InRange(admitting.Average(), median * 1.6, median * 2.1);
        }
    }

    private static List<double> Admit(EngineHarness harness, int id, int length)
    {
        List<double> gaps = [];
        harness.Submit(EngineHarness.Request(id, EngineHarness.Prompt(length, id), 1));
        while (harness.TokensOf(id).Count == 0) gaps.Add(Gap(harness));
        return gaps;
    }

    private static double Gap(EngineHarness harness)
    {
        long started = harness.Time.GetTimestamp();
        harness.Step();
        return harness.Time.GetElapsedTime(started).TotalMilliseconds;
    }
}
