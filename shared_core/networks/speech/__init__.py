"""A sound as features: log-mel, the early blocks of Whisper's encoder, DeepSpeech's logits."""
