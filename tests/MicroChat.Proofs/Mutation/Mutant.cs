namespace MicroChat.Proofs.Mutation;

/// <summary>A text that is replaced in one source file.</summary>
/// <param name="File">Path in the repository.</param>
/// <param name="Original">What stands there; it must occur exactly once.</param>
/// <param name="Replacement">What stands there instead.</param>
internal sealed record Edit(string File, string Original, string Replacement);

/// <summary>A mistake that somebody could make, or has made, and the tests that must notice it.</summary>
/// <param name="Name">Short name, which the command line takes.</param>
/// <param name="Mistake">What is wrong, for people.</param>
/// <param name="Edits">How the source is changed.</param>
/// <param name="Tests">Methods as Area.Class.Method below MicroChat.Tests; at least one of them must fail.</param>
internal sealed record Mutant(string Name, string Mistake, Edit[] Edits, string[] Tests);

/// <summary>What became of a mutant.</summary>
/// <param name="Problem">Why it says nothing about the tests (text not found, does not compile, hangs …); null: it ran.</param>
/// <param name="Caught">Tests that failed.</param>
/// <param name="Missed">Tests that passed.</param>
/// <param name="Gap">Share of J* − J_ref that PPO closed with it at β = .2, or why it got nowhere; empty: not asked.</param>
internal sealed record Verdict(string? Problem, string[] Caught, string[] Missed, string Gap);
