using CsCheck;
using StreamInference.Cli.Demo;

namespace StreamInference.Cli.Tests.Demo;

public sealed class OnceVerifierTests
{
    [Fact]
    public void A_record_with_one_answer_is_good_in_either_order()
    {
        OnceVerifier verifier = new();
        verifier.Expect("t", 0, 5);
        verifier.Answer("t/0/5");
        verifier.Answer("t/1/9");
        Assert.Equal(1, verifier.Unknown);
        verifier.Expect("t", 1, 9);

        Assert.Equal((2, 2, 0, 0, 0), (verifier.Expected, verifier.Answered, verifier.Missing, verifier.Repeated, verifier.Unknown));
    }

    [Fact]
    public void Missing_repeated_and_unknown_answers_are_told_apart()
    {
        OnceVerifier verifier = new();
        for (int i = 0; i < 3; i++) verifier.Expect("t", 0, i);
        verifier.Answer("t/0/0");
        verifier.Answer("t/0/0");
        verifier.Answer("t/0/0");
        verifier.Answer("t/0/7");
        verifier.Answer("nonsense");
        verifier.Answer(null);

        Assert.Equal((2, 2, 3), (verifier.Missing, verifier.Repeated, verifier.Unknown));
    }

    [Fact]
    public void It_counts_as_a_model_of_sets_and_bags_does() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 6000], Gen.Bool).Array[0, 200].Sample(events =>
        {
            OnceVerifier verifier = new();
            HashSet<(int, int)> expected = [];
            Dictionary<(int, int), int> answers = [];
            foreach ((int partition, int offset, bool isAnswer) in events)
            {
                if (isAnswer)
                {
                    verifier.Answer($"t/{partition}/{offset}");
                    answers[(partition, offset)] = answers.GetValueOrDefault((partition, offset)) + 1;
                }
                else if (expected.Add((partition, offset)))
                {
                    verifier.Expect("t", partition, offset);
                }
            }

            return verifier.Expected == expected.Count
                && verifier.Missing == expected.Count(e => !answers.ContainsKey(e))
                && verifier.Repeated == answers.Values.Sum(n => n - 1)
                && verifier.Unknown == answers.Keys.Count(a => !expected.Contains(a));
        });
}
