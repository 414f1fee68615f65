import { Tag } from "antd";
import { type KeyboardEvent, type Ref, useEffect, useId, useRef, useState } from "react";

import "./picker.css";
import { share } from "./suggestion";

export interface Option {
  value: string;
  label: string;
  /** Said beside it, smaller. */
  more?: string;
}

interface Props {
  label: string;
  /** What was chosen; null: nothing. */
  value: Option | null;
  /** Stands there until something is chosen; Enter takes it. Without a confidence it is the usual
   *  value, with one it is proposed. */
  suggestion?: (Option & { confidence: number | null }) | null;
  /** Further proposals, listed while nothing is typed. */
  candidates?: readonly Option[];
  /** What fits the characters, pinyin or initials that were typed. */
  search: (typed: string) => Promise<readonly Option[]> | readonly Option[];
  onChoose: (option: Option) => void;
  /** After Enter: on to what follows. */
  onDone: () => void;
  inputRef?: Ref<HTMLInputElement>;
  error?: string;
  /** Takes what is typed as a value, too, with every key; the list only helps. */
  onType?: (text: string) => void;
  /** What may be chosen is listed from the beginning. */
  opens?: boolean;
}

/** What fits some letters. */
interface Found {
  typed: string;
  options: readonly Option[];
}

/**
 * A field chosen by typing: characters, pinyin or initials; ↑ ↓ and Enter.
 *
 * A suggestion stands in it until the user decides: Enter confirms it and goes on.
 */
export function Picker(props: Props) {
  const { label, value, suggestion, candidates = [], search, onChoose, onDone, inputRef, error } = props;
  const { onType, opens = false } = props;
  const free = onType !== undefined;
  const id = useId();
  const [typed, setTyped] = useState<string | null>(opens ? "" : null);
  const [found, setFound] = useState<Found>({ typed: "", options: [] });
  const [at, setAt] = useState(0);
  const isEntered = useRef(false);
  const shown = value ?? suggestion ?? null;
  const confidence = suggestion?.confidence ?? null;
  const isProposed = value === null && confidence !== null;
  const isFound = typed !== null && typed !== "" && found.typed === typed;
  // What was found for other letters is never chosen.
  const listed = typed === null || typed === "" ? candidates : isFound ? found.options : [];
  const isOpen = typed !== null && listed.length > 0;

  const choose = (option: Option | undefined) => {
    if (option !== undefined) onChoose(option);
    setTyped(null);
    setAt(0);
    onDone();
  };
  const enterNow = (options: readonly Option[], place: number) => {
    isEntered.current = false;
    const option = options[place];
    if (option !== undefined) choose(option);
    else if (free && typed !== null && typed.trim() !== "") choose({ value: typed.trim(), label: typed.trim() });
  };
  const enter = useRef(enterNow);
  useEffect(() => {
    enter.current = enterNow;
  });

  useEffect(() => {
    if (typed === null || typed === "") return;
    let isStale = false;
    const timer = window.setTimeout(() => {
      void Promise.resolve(search(typed)).then((options) => {
        if (isStale) return;
        const place = free ? meant(typed, options) : 0;
        setFound({ typed, options });
        setAt(place);
        if (isEntered.current) enter.current(options, place);
      });
    }, 120);
    return () => {
      isStale = true;
      window.clearTimeout(timer);
    };
  }, [typed, search, free]);

  const pressed = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.altKey || event.ctrlKey) return;
    switch (event.key) {
      case "ArrowDown":
        event.preventDefault();
        if (typed === null) setTyped("");
        else setAt((place) => Math.min(place + 1, listed.length - 1));
        break;
      case "ArrowUp":
        event.preventDefault();
        setAt((place) => Math.max(place - 1, free ? -1 : 0));
        break;
      case "Escape":
        if (typed === null) return;
        event.stopPropagation();
        setTyped(null);
        break;
      case "Enter":
        event.preventDefault();
        if (typed !== null && typed !== "" && !isFound) isEntered.current = true; // once it is found
        else if (typed !== null && typed !== "") enterNow(found.options, at);
        else if (isOpen) choose(listed[at]);
        else choose(suggestion && value === null ? suggestion : undefined);
        break;
    }
  };

  return (
    <div className="picker">
      <label htmlFor={id}>{label}</label>
      <div className="picker-box">
        <input
          id={id}
          ref={inputRef}
          role="combobox"
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-activedescendant={isOpen && at >= 0 ? `${id}-${at}` : undefined}
          aria-autocomplete="list"
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
          autoComplete="off"
          className={isProposed ? "picker-suggested" : undefined}
          value={typed ?? shown?.label ?? ""}
          onChange={(event) => {
            isEntered.current = false;
            setTyped(event.target.value);
            onType?.(event.target.value.trim());
          }}
          onFocus={(event) => event.target.select()}
          onBlur={() => setTyped(opens ? "" : null)}
          onKeyDown={pressed}
        />
        {isProposed && typed === null && <Tag className="picker-share">建议 {share(confidence)}</Tag>}
        {isOpen && (
          <ul id={`${id}-list`} role="listbox" aria-label={label} className="picker-list">
            {listed.map((option, place) => (
              <li
                key={option.value}
                id={`${id}-${place}`}
                role="option"
                aria-selected={place === at}
                onMouseDown={(event) => {
                  event.preventDefault();
                  choose(option);
                }}
              >
                {option.label}
                {option.more !== undefined && <span className="picker-more">{option.more}</span>}
              </li>
            ))}
          </ul>
        )}
        {isFound && !free && found.options.length === 0 && (
          <div role="status" className="picker-nothing">
            没有匹配的选项
          </div>
        )}
      </div>
      {error !== undefined && (
        <div id={`${id}-error`} className="picker-error">
          {error}
        </div>
      )}
    </div>
  );
}

/**
 * Letters are pinyin of something in the list. Characters stand for themselves, unless they are
 * the whole name of one in it.
 */
function meant(typed: string, options: readonly Option[]): number {
  if (/^[\x20-\x7e]*$/.test(typed)) return 0;
  const named = options.filter(({ label }) => label === typed.trim());
  return named.length === 1 && named[0] ? options.indexOf(named[0]) : -1;
}
