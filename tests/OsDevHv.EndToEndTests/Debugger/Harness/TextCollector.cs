using System.Text;

namespace OsDevHv.EndToEndTests.Debugger.Harness;

/// <summary>Collects what a stream says, so that it can be looked at while more comes. Any thread.</summary>
internal sealed class TextCollector
{
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TextCollector(StreamReader source) => End = CollectAsync(source);

    /// <summary>Completes at the stream's end.</summary>
    public Task End { get; }

    /// <summary>All so far.</summary>
    public string Text
    {
        get
        {
            lock (_text)
            {
                return _text.ToString();
            }
        }
    }

    /// <summary>Waits until the text is as wanted; false at the stream's end when it never was.</summary>
    public async Task<bool> WaitAsync(Func<string, bool> wanted, CancellationToken limit)
    {
        while (true)
        {
            Task grown;
            lock (_text)
            {
                grown = _grown.Task;
            }

            if (wanted(Text))
            {
                return true;
            }

            if (End.IsCompleted)
            {
                return wanted(Text);
            }

            await Task.WhenAny(grown, End).WaitAsync(limit);
        }
    }

    private async Task CollectAsync(StreamReader source)
    {
        char[] buffer = new char[4096];
        int count;
        while ((count = await source.ReadAsync(buffer)) > 0)
        {
            TaskCompletionSource grown;
            lock (_text)
            {
                _text.Append(buffer, 0, count);
                grown = _grown;
                _grown = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            grown.SetResult();
        }
    }
}
