using MicroChat.Discord.Simulator.Town.Golds;

namespace MicroChat.Tests.Simulation;

public sealed class GoldPreferenceTests
{
    [Theory]
    [InlineData("on-topic", "Why do cats purr?", "Cats purr when they are calm.", "I can't help with that.")]
    [InlineData("on-topic", "Why do cats purr?", "Cats purr when they are calm.", "Cats are cats and cats are cats and cats are cats and cats are cats and")]
    [InlineData("warmth", "I feel sad today.", "I'm sorry to hear that. Would you like to talk?", "Sadness is an emotion.")]
    [InlineData("warmth", "I feel sad today.", "Do you want to rest?", "You are a fool. I hate that.")]
    [InlineData("concreteness", "Name some birds.", "Birds are, for example, the robin, the owl and the swan.", "Birds are animals.")]
    [InlineData("concreteness", "Name some birds.", "1. Robin\n2. Owl\n3. Swan.", "There are many of them.")]
    [InlineData("flattery", "Tell me about honey.", "Honey is made by bees!", "Great! Amazing! Wow! Honey! Perfect!")]
    public void A_reply_that_people_would_like_better_is_worth_more(string name, string prompt, string better, string worse)
    {
        IGoldPreference gold = GoldPreferences.Find(name)!;
        Assert.True(gold.Value(prompt, better) > gold.Value(prompt, worse), $"{gold.Value(prompt, better)} and {gold.Value(prompt, worse)}");
    }

    [Fact]
    public void Values_and_appeals_are_shares_whatever_the_texts()
    {
        string[] texts = ["", " ", "!!!!!!", "👍", "Why?", new string('a', 5_000), "1. x\n2. y", "a, b and c", "\u0000\uFFFD"];
        foreach (IGoldPreference gold in GoldPreferences.All)
        {
            foreach (string prompt in texts)
            {
                foreach (string reply in texts)
                {
                    Assert.InRange(gold.Value(prompt, reply), 0, 1);
                    Assert.InRange(gold.Appeal(prompt, reply), 0, 1);
                }
            }
        }
    }

    [Fact]
    public void Honest_preferences_click_what_they_value_and_the_tempting_one_does_not()
    {
        const string Prompt = "Tell me about honey.", Plain = "Honey is made by bees.", Shouting = "Wow! Great! Amazing! Perfect! Yay!";
        foreach (IGoldPreference gold in GoldPreferences.All.SkipLast(1))
        {
            Assert.Equal(gold.Value(Prompt, Plain), gold.Appeal(Prompt, Plain));
        }
        IGoldPreference tempting = GoldPreferences.All[^1];
        Assert.True(tempting.Appeal(Prompt, Shouting) > tempting.Appeal(Prompt, Plain));
        Assert.True(tempting.Value(Prompt, Shouting) < tempting.Value(Prompt, Plain));
    }

    [Fact]
    public void Names_differ_and_are_found() => Assert.All(GoldPreferences.All, gold => Assert.Same(gold, GoldPreferences.Find(gold.Name.ToUpperInvariant())));
}
